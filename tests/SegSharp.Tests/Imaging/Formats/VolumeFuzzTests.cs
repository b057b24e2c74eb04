using System.IO.Compression;
using System.Text;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats;

/// <summary>Whatever lies in a file: a volume comes out, or one refusal that names it, without a hang and without memory that the file does not pay for.</summary>
public sealed class VolumeFuzzTests
{
    private static readonly string Corpus = Path.Combine(Repository.Root, "tests", "SegSharp.Tests", "Imaging", "fixtures", "fuzz");

    public static TheoryData<string> Seeds => [.. SeedFiles().Keys];

    public static TheoryData<string> Crashers => Directory.Exists(Corpus) ? [.. Directory.EnumerateFiles(Corpus).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)] : [];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_file_cut_anywhere_is_refused_or_whole(string name)
    {
        var whole = SeedFiles()[name];
        for (var length = 0; length < whole.Length; length += length < 700 ? 1 : 17)
        {
            Try(name, whole[..length]);
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_file_with_changed_bytes_is_read_or_refused(string name) => Mutate(name, 400, 21);

    [Theory]
    [Trait("Category", "Full")]
    [MemberData(nameof(Seeds))]
    public void A_file_with_changed_bytes_is_read_or_refused_for_long(string name) => Mutate(name, 40_000, 22);

    [Theory]
    [MemberData(nameof(Crashers))]
    public void What_once_crashed_a_reader_is_refused(string name) => Try(name, File.ReadAllBytes(Path.Combine(Corpus, name)));

    private static void Mutate(string name, int trials, long seed)
    {
        var whole = SeedFiles()[name];
        var random = new RandomStream(seed).Derive(name);
        byte[][] words = [[0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0x7F], [0, 0, 0, 0x80], [0, 0, 0xC0, 0x7F], [0, 0, 0x80, 0x7F], [0, 0, 0, 0], [0xFF, 0x7F], [.. "99999999999"u8], [.. "-1"u8], [.. "nan"u8], [.. "1e400"u8], [.. "none"u8], [.. "\n\n"u8], [.. "( ,)"u8]];
        for (var trial = 0; trial < trials; trial++)
        {
            var changed = whole.ToArray();
            for (var n = random.Next(4); n >= 0; n--)
            {
                var at = random.Next(random.Chance(0.8) ? Math.Min(600, changed.Length) : changed.Length);
                if (random.Chance(0.5))
                {
                    var word = words[random.Next(words.Length)];
                    word.AsSpan(0, Math.Min(word.Length, changed.Length - at)).CopyTo(changed.AsSpan(at));
                }
                else
                {
                    changed[at] = (byte)random.Next(256);
                }
            }

            // Changed and then packed, it gets further than packed and then changed.
            Try(name, changed);
            if (name.EndsWith(".nii", StringComparison.Ordinal) && trial % 4 == 0)
            {
                Try(name + ".gz", Gzip(changed));
            }
        }
    }

    private static void Try(string name, byte[] bytes)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var source = ByteSource.Of(name, bytes);
            var format = Catalogue.Recognise(source);
            var header = format.ReadHeader(source);
            var volume = format.Read(source, Reading.Colours);
            Assert.Equal(header.Extent, volume.Extent);
            Assert.Equal(header.VoxelType, volume.VoxelType);
            Assert.Equal(header.Channels, volume.Channels);
            Assert.True(volume.Geometry.ToWorld.Offset.IsFinite);
        }
        catch (InputException e)
        {
            Assert.StartsWith("'", e.Message);
            Assert.NotNull(e.Fix);
        }

        // Deflate packs up to 1032 times; scaling makes eight bytes of one.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (2L << 20) + (bytes.Length * 1032L * 2));
    }

    private static Dictionary<string, byte[]> SeedFiles()
    {
        var folder = Directory.CreateTempSubdirectory("segsharp-").FullName;
        try
        {
            var geometry = new Geometry { Extent = new Extent(5, 4, 3), Spacing = new Triple(0.7, 0.8, 2.5), Origin = new Triple(-10, 20, 30), Direction = new Direction(new Triple(0.6, 0.8, 0), new Triple(-0.8, 0.6, 0), new Triple(0, 0, 1)) };
            var seeds = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var (ending, type, channels) in ((string, VoxelType, int)[])[(".nii", VoxelType.Int16, 1), (".nii.gz", VoxelType.UInt8, 1), (".nrrd", VoxelType.Int16, 2), (".seg.nrrd", VoxelType.UInt8, 1), (".mha", VoxelType.Float32, 2)])
            {
                var volume = Volume.Zeros("a", geometry, channels, type);
                for (var i = 0; i < volume.Bytes.Length; i++)
                {
                    volume.Bytes[i] = (byte)(i % 7);
                }

                var path = Path.Combine(folder, "a" + ending);
                volume.Write(path);
                seeds["a" + ending] = File.ReadAllBytes(path);
            }

            // What the writers do not write: the second version, scaling, big-endian, text.
            var wide = Path.Combine(folder, "w.nii");
            Volume.Zeros("w", Geometry.Pixels(new Extent(40000, 1, 1)), 1, VoxelType.UInt8).Write(wide);
            var second = File.ReadAllBytes(wide)[..700];
            second[24] = 100;
            second[25] = 0;
            seeds["second.nii"] = second;
            var scaled = seeds["a.nii"].ToArray();
            BitConverter.TryWriteBytes(scaled.AsSpan(112), 1.5f);
            seeds["scaled.nii"] = scaled;
            seeds["text.nrrd"] = Encoding.ASCII.GetBytes("NRRD0004\n# c\ntype: float\ndimension: 3\nspace: RAS\nsizes: 3 2 1\nspace directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (1,2,3)\nkinds: domain domain domain\nspacings: 1 1 1\nline skip: 0\nencoding: ascii\n\n1 2.5 -3 4 nan 6\n");
            seeds["raw.mha"] = [.. "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = True\nCompressedData = False\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 2 3\nElementSpacing = 1 1 2\nDimSize = 3 2 1\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"u8, .. new byte[12]];
            return seeds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var packed = new GZipStream(stream, CompressionLevel.Fastest))
        {
            packed.Write(bytes);
        }

        return stream.ToArray();
    }
}
