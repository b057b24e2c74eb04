using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats;

/// <summary>A file format of images: recognises, reads, and perhaps writes.</summary>
public abstract class ImageFormat
{
    /// <summary>How many bytes of a file <see cref="Recognises"/> sees, where there are so many.</summary>
    public const int HeadLength = 352;

    /// <summary>The name people use: "PNG".</summary>
    public abstract string Name { get; }

    /// <summary>Endings with their dot, the usual one first.</summary>
    public abstract IReadOnlyList<string> Endings { get; }

    /// <summary>Those of <see cref="Endings"/> that are written, the usual one first.</summary>
    public virtual IReadOnlyList<string> WritableEndings => CanWrite ? Endings : [];

    /// <summary>Endings of files that belong to another one, which stands for both: voxels whose header lies in a file of its own.</summary>
    public virtual IReadOnlyList<string> PartEndings => [];

    /// <summary>The ending of a label map beside an image of this format; null where it does not hold labels without loss.</summary>
    public virtual string? MaskEnding => null;

    /// <summary>Whether a file may be gzip as a whole; <see cref="Recognises"/> then sees what is inside.</summary>
    public virtual bool MayBePacked => false;

    /// <summary>Whether its files say where their voxels lie in the world; pictures do not, so only their sizes can be compared.</summary>
    public virtual bool KnowsWorld => false;

    /// <summary>Whether <see cref="Write(Stream, Volume)"/> works.</summary>
    public virtual bool CanWrite => false;

    /// <summary>Whether a file that begins like this is of this format.</summary>
    /// <param name="head">The first bytes, at most <see cref="HeadLength"/>.</param>
    public abstract bool Recognises(ReadOnlySpan<byte> head);

    /// <summary>Whether a file without any mark of its own is of this format, told from its name and what lies beside it.</summary>
    public virtual bool RecognisesName(string path) => false;

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

    /// <summary>Writes a file, or the files that make it up, with a volume that <see cref="CheckWritable"/> let pass.</summary>
    /// <exception cref="SegSharpException">The file cannot be written.</exception>
    public virtual void Write(string path, Volume volume) => AtomicFile.Write(path, stream => Write(stream, volume));

    /// <summary>Writes a volume that <see cref="CheckWritable"/> let pass.</summary>
    public virtual void Write(Stream stream, Volume volume) => throw new NotSupportedException($"{Name} files are not written");
}
