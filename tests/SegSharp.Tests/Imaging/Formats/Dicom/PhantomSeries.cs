using SegSharp.Imaging;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Testing;

namespace SegSharp.Tests.Imaging.Formats.Dicom;

/// <summary>Small DICOM series with known geometry, and a patient whose name must not be seen anywhere.</summary>
internal sealed class PhantomSeries : IDisposable
{
    public const string Name = "Musterfrau^Erika", Id = "PAT-4711-XY", Birth = "19530412", Accession = "ACC0815Z", Institution = "Klinikum Geheim", Date = "20190203";

    private const string CtClass = "1.2.840.10008.5.1.4.1.1.2";

    public static readonly string[] Identifiers = ["Musterfrau", "Erika", Id, Birth, Accession, "Geheim", Date, "2.25."];

    public string Folder { get; } = Directory.CreateTempSubdirectory("segsharp-dicom-").FullName;

    /// <summary>One axial slice of 4x3 pixels of 0.5x0.75 mm; pixel (x, y) holds 100 * index + 4 y + x.</summary>
    public static DicomBuilder Slice(string series, int index, Triple position, Triple? along = null, Triple? down = null, int width = 4, int height = 3)
    {
        var (a, d) = (along ?? new Triple(1, 0, 0), down ?? new Triple(0, 1, 0));
        var pixels = new byte[2 * width * height];
        for (var i = 0; i < width * height; i++)
        {
            BitConverter.TryWriteBytes(pixels.AsSpan(2 * i), (short)((100 * index) + i));
        }

        return new DicomBuilder()
            .Text(DicomTag.CharacterSet, "CS", "ISO_IR 100")
            .Text(DicomTag.SopClass, "UI", CtClass)
            .Text(DicomTag.SopInstance, "UI", DicomBuilder.UidOf($"{series}/{index}/{position}"))
            .Text(DicomTag.StudyDate, "DA", Date)
            .Text(DicomTag.AccessionNumber, "SH", Accession)
            .Text(DicomTag.Modality, "CS", "CT")
            .Text(DicomTag.InstitutionName, "LO", Institution)
            .Text(DicomTag.SeriesDescription, "LO", "Thorax 1.5")
            .Text(DicomTag.PatientName, "PN", Name)
            .Text(DicomTag.PatientId, "LO", Id)
            .Text(DicomTag.PatientBirthDate, "DA", Birth)
            .Text(DicomTag.SliceThickness, "DS", "2")
            .Text(DicomTag.StudyInstance, "UI", DicomBuilder.UidOf("study"))
            .Text(DicomTag.SeriesInstance, "UI", DicomBuilder.UidOf(series))
            .Text(DicomTag.SeriesNumber, "IS", "3")
            .Text(DicomTag.InstanceNumber, "IS", $"{1000 - index}")
            .Decimals(DicomTag.Position, position.X, position.Y, position.Z)
            .Decimals(DicomTag.Orientation, a.X, a.Y, a.Z, d.X, d.Y, d.Z)
            .Text(DicomTag.FrameOfReference, "UI", DicomBuilder.UidOf("frame of reference"))
            .Numbers(DicomTag.Samples, (ushort)1)
            .Text(DicomTag.Photometric, "CS", "MONOCHROME2")
            .Numbers(DicomTag.Rows, (ushort)height)
            .Numbers(DicomTag.Columns, (ushort)width)
            .Decimals(DicomTag.PixelSpacing, 0.75, 0.5)
            .Numbers(DicomTag.BitsAllocated, (ushort)16)
            .Numbers(DicomTag.BitsStored, (ushort)16)
            .Numbers(DicomTag.HighBit, (ushort)15)
            .Numbers(DicomTag.PixelRepresentation, (ushort)1)
            .Decimals(DicomTag.RescaleIntercept, -1024)
            .Decimals(DicomTag.RescaleSlope, 1)
            .Bytes(DicomTag.Pixels, "OW", pixels);
    }

    /// <summary>Slices of a series 2 mm apart along z, in files whose names run backwards.</summary>
    public PhantomSeries WithSeries(string series, IEnumerable<int> places, Func<int, Triple>? position = null, Func<int, DicomBuilder, DicomBuilder>? change = null)
    {
        foreach (var place in places)
        {
            var slice = Slice(series, place, position?.Invoke(place) ?? new Triple(-10, -20, 30 + (2 * place)));
            Add($"{series}-{100 - place}.dcm", change?.Invoke(place, slice) ?? slice);
        }

        return this;
    }

    public string Add(string name, DicomBuilder slice, string? syntax = null)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, DicomBuilder.File(slice, CtClass, "1.2.3", syntax));
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
