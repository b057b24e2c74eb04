using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats;

/// <summary>A file format of images: recognises, reads, and perhaps writes.</summary>
public abstract class ImageFormat
{
    /// <summary>The name people use: "PNG".</summary>
    public abstract string Name { get; }

    /// <summary>Endings with their dot, the usual one first.</summary>
    public abstract IReadOnlyList<string> Endings { get; }

    /// <summary>Whether <see cref="Write"/> works.</summary>
    public virtual bool CanWrite => false;

    /// <summary>Whether a file that begins like this is of this format.</summary>
    /// <param name="head">The first bytes, at most 64.</param>
    public abstract bool Recognises(ReadOnlySpan<byte> head);

    /// <summary>Reads what the file says about itself, no pixels.</summary>
    /// <exception cref="InputException">Damaged, truncated or of a kind that is not supported.</exception>
    public abstract ImageHeader ReadHeader(ByteSource source);

    /// <summary>Reads all pages.</summary>
    /// <exception cref="InputException">Damaged, truncated or of a kind that is not supported.</exception>
    public abstract Volume Read(ByteSource source, Reading reading);

    /// <summary>Refuses a volume that this format cannot hold.</summary>
    /// <exception cref="UsageException">Says what the format holds and which format would do.</exception>
    public virtual void CheckWritable(Volume volume, string path)
    {
    }

    /// <summary>Writes a volume that <see cref="CheckWritable"/> let pass.</summary>
    public virtual void Write(Stream stream, Volume volume) => throw new NotSupportedException($"{Name} files are not written");
}
