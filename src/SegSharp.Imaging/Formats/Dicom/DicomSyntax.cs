namespace SegSharp.Imaging.Formats.Dicom;

// How a file is written down. Source: DICOM PS3.5 section 10, PS3.6 annex A.
internal sealed record DicomSyntax(string Uid, string Name, bool IsImplicit = false, bool IsBigEndian = false, bool IsDeflated = false, bool IsCompressed = false)
{
    public const string Rle = "1.2.840.10008.1.2.5";

    public static DicomSyntax ImplicitLittle { get; } = new("1.2.840.10008.1.2", "implicit little endian", IsImplicit: true);

    public static DicomSyntax ExplicitLittle { get; } = new("1.2.840.10008.1.2.1", "explicit little endian");

    public static DicomSyntax ExplicitBig { get; } = new("1.2.840.10008.1.2.2", "explicit big endian", IsBigEndian: true);

    private static readonly DicomSyntax[] Known =
    [
        ImplicitLittle,
        ExplicitLittle,
        ExplicitBig,
        new("1.2.840.10008.1.2.1.99", "deflated explicit little endian", IsDeflated: true),
        new("1.2.840.113619.5.2", "GE private implicit, pixels big endian", IsImplicit: true, IsCompressed: true),
        Compressed("1.2.840.10008.1.2.4.50", "JPEG baseline"),
        Compressed("1.2.840.10008.1.2.4.51", "JPEG extended"),
        Compressed("1.2.840.10008.1.2.4.57", "JPEG lossless"),
        Compressed("1.2.840.10008.1.2.4.70", "JPEG lossless, selection value 1"),
        Compressed("1.2.840.10008.1.2.4.80", "JPEG-LS lossless"),
        Compressed("1.2.840.10008.1.2.4.81", "JPEG-LS near-lossless"),
        Compressed("1.2.840.10008.1.2.4.90", "JPEG 2000 lossless"),
        Compressed("1.2.840.10008.1.2.4.91", "JPEG 2000"),
        Compressed(Rle, "RLE"),
    ];

    private static readonly (string Start, string Name)[] Refused =
    [
        ("1.2.840.10008.1.2.4.100", "MPEG-2 video"), ("1.2.840.10008.1.2.4.101", "MPEG-2 video"), ("1.2.840.10008.1.2.4.102", "MPEG-4 video"),
        ("1.2.840.10008.1.2.4.103", "MPEG-4 video"), ("1.2.840.10008.1.2.4.104", "MPEG-4 video"), ("1.2.840.10008.1.2.4.105", "MPEG-4 video"),
        ("1.2.840.10008.1.2.4.106", "MPEG-4 video"), ("1.2.840.10008.1.2.4.107", "HEVC video"), ("1.2.840.10008.1.2.4.108", "HEVC video"),
        ("1.2.840.10008.1.2.4.110", "JPEG XL"), ("1.2.840.10008.1.2.4.111", "JPEG XL"), ("1.2.840.10008.1.2.4.112", "JPEG XL"),
        ("1.2.840.10008.1.2.4.201", "high-throughput JPEG 2000"), ("1.2.840.10008.1.2.4.202", "high-throughput JPEG 2000"),
        ("1.2.840.10008.1.2.4.203", "high-throughput JPEG 2000"), ("1.2.840.10008.1.2.4.92", "JPEG 2000 part 2"), ("1.2.840.10008.1.2.4.93", "JPEG 2000 part 2"),
        ("1.2.840.10008.1.2.4.94", "JPIP"), ("1.2.840.10008.1.2.4.95", "JPIP"), ("1.2.840.10008.1.2.4", "a retired form of JPEG"),
    ];

    // Null when it is none that is known; then its name, if it has one, comes from NameOf.
    public static DicomSyntax? Find(string uid) => Array.Find(Known, s => s.Uid == uid);

    public static string NameOf(string uid) =>
        Find(uid)?.Name ?? Array.Find(Refused, r => uid.StartsWith(r.Start, StringComparison.Ordinal)).Name ?? "an unknown or private transfer syntax";

    private static DicomSyntax Compressed(string uid, string name) => new(uid, name, IsCompressed: true);
}
