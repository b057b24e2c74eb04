using System.Buffers.Binary;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Torch.Checkpoints;

/// <summary>What a file is, by its first bytes.</summary>
internal static class FileKind
{
    public const int Zip = 1, Pickle = 2, Safetensors = 3;

    public static int Of(ByteSource source, ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8))
        {
            return Zip;
        }

        var length = head.Length >= 8 ? BinaryPrimitives.ReadUInt64LittleEndian(head) : 0;
        if (head.Length > 8 && head[8] == '{' && (length <= Checkpoints.Safetensors.LongestHeader || head[0] != 0x80))
        {
            return Safetensors;
        }

        if (source.Name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return Safetensors;
        }

        return head is [0x80, <= 5, ..] || LooksLikeOldPickle(head) ? Pickle : 0;
    }

    public static InputException Unknown(ByteSource source, ReadOnlySpan<byte> head)
    {
        if (head.Length == 0)
        {
            return source.Bad("the file is empty", "copy or download the file again");
        }

        if (head.Length > 262 && head.Slice(257, 5).SequenceEqual("ustar"u8))
        {
            return source.Bad("it is a tar archive, as PyTorch before 0.1.10 wrote them", "load and save it again with a current PyTorch");
        }

        if (head.StartsWith("version https://git-lfs"u8))
        {
            return source.Bad("it is a Git LFS pointer, not the file itself", "run 'git lfs pull' where it was cloned");
        }

        var text = Encoding.Latin1.GetString(head).TrimStart();
        if (text.StartsWith('<'))
        {
            return source.Bad("it is a web page, not a checkpoint", "download the file itself, not the page that shows it");
        }

        return source.Bad(
            text.All(c => c is >= ' ' and < (char)127 or '\n' or '\r' or '\t') ? "it is a text file, not a checkpoint" : "it is none of: PyTorch zip, PyTorch legacy, safetensors",
            "give a file written by torch.save or by safetensors");
    }

    // Protocols 0 and 1 have no first mark. Such a file is never a checkpoint, but the reader shall name what it would run.
    private static bool LooksLikeOldPickle(ReadOnlySpan<byte> head) =>
        head.Length > 3 && (head[0] == 'c' && IsNameLine(head[1..]) || head[0] == '(' && head[1] is (byte)'d' or (byte)'l' or (byte)'i' or (byte)'c' or (byte)'S' or (byte)'V');

    private static bool IsNameLine(ReadOnlySpan<byte> bytes)
    {
        var end = bytes.IndexOf((byte)'\n');
        return end > 0 && bytes[..end].IndexOfAnyExceptInRange((byte)'.', (byte)'z') < 0 && bytes[(end + 1)..].IndexOf((byte)'\n') > 0;
    }
}
