using SegSharp.Foundation;

namespace SegSharp.Imaging.Formats.Dicom;

// What a file is, by its SOP class. Source: DICOM PS3.4 annex B, PS3.6 annex A.
internal sealed record DicomKind(string Name, string? Fix = null, bool IsImage = false)
{
    private const string Storage = "1.2.840.10008.5.1.4.1.1.";

    public static readonly DicomKind
        Image = new("image", IsImage: true),
        Segmentation = new("segmentation", IsImage: true),
        Dose = new("radiotherapy dose", IsImage: true);

    private static readonly Dictionary<string, DicomKind> Known = new(StringComparer.Ordinal)
    {
        [Storage + "66.4"] = Segmentation,
        [Storage + "66.7"] = Segmentation,
        [Storage + "481.2"] = Dose,
        [Storage + "481.3"] = new("radiotherapy structure set: contours, no pixels", "make a label file of its contours, for example in 3D Slicer, and name that"),
        [Storage + "481.5"] = new("radiotherapy plan: beams and doses in numbers, no pixels", "name the folder of the images"),
        [Storage + "481.8"] = new("radiotherapy ion plan: beams and doses in numbers, no pixels", "name the folder of the images"),
        [Storage + "481.4"] = new("radiotherapy beam record, no pixels", "name the folder of the images"),
        [Storage + "481.6"] = new("radiotherapy brachytherapy record, no pixels", "name the folder of the images"),
        [Storage + "481.7"] = new("radiotherapy summary record, no pixels", "name the folder of the images"),
        [Storage + "66.1"] = new("spatial registration, no pixels", "name the folder of the images"),
        [Storage + "66.2"] = new("spatial fiducials, no pixels", "name the folder of the images"),
        [Storage + "66.3"] = new("deformable registration, no pixels", "name the folder of the images"),
        [Storage + "66.5"] = new("surface segmentation: triangles, no pixels", "make a label file of it, for example in 3D Slicer, and name that"),
        [Storage + "66"] = new("raw measurement data, no pixels", "name the folder of the images"),
        [Storage + "104.1"] = new("document (PDF), no image", "open it with a DICOM viewer"),
        [Storage + "104.2"] = new("document (CDA), no image", "open it with a DICOM viewer"),
        ["1.2.840.10008.1.3.10"] = new("directory (DICOMDIR): it lists files and holds no pixels", "name its folder: the images are found without it"),
    };

    private static readonly (string Start, DicomKind Kind)[] Families =
    [
        (Storage + "88.", new("structured report: text and measurements, no pixels", "name the folder of the images")),
        (Storage + "9.", new("waveform, no pixels", "name the folder of the images")),
        (Storage + "11.", new("presentation state: how to show other images, no pixels", "name the folder of the images")),
        (Storage + "481.", new("radiotherapy object without pixels", "name the folder of the images")),
    ];

    public static DicomKind Of(DicomFile file)
    {
        var uid = file.Data.Code(DicomTag.SopClass);
        if (uid is null)
        {
            return file.Pixels is null ? file.Data.Has(0x0004_1220) || file.Data.Has(0x0004_1130) ? Known["1.2.840.10008.1.3.10"] : new("object of no stated kind, without pixels") : Image;
        }

        return Known.TryGetValue(uid, out var kind) ? kind
            : Array.Find(Families, f => uid.StartsWith(f.Start, StringComparison.Ordinal)).Kind is { } family && file.Pixels is null ? family
            : file.Pixels is null ? new("object without pixels", "name the folder of the images")
            : Image;
    }

    // The answer to a file without pixels.
    public InputException NoPixels(ByteSource source) => IsImage
        ? source.Damaged($"it is a DICOM {Name}, but its pixels are missing")
        : source.Unsupported($"it is a DICOM {Name}", Fix ?? "name a file or a folder with images");
}
