using System.Security.Cryptography;
using System.Text;

namespace SegSharp;

/// <summary>Whether files hold what they held: their names and bytes, not where they lie or when they were written.</summary>
internal static class FileDigest
{
    /// <summary>SHA-256 over the files in this order; a folder counts with all that lies in it.</summary>
    /// <exception cref="InputException">A file cannot be read.</exception>
    public static string Of(IEnumerable<string> paths)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in paths)
        {
            IEnumerable<string> files = Directory.Exists(path) ? Directory.GetFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [path];
            foreach (var file in files)
            {
                hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file) + "\0"));
                hash.AppendData(BytesOf(file));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] BytesOf(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return SHA256.HashData(stream);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"cannot read '{file}': {e.Message.TrimEnd('.')}", "restore the data set", e);
        }
    }
}
