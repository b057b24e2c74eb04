namespace SegSharp.Imaging.Formats.Dicom;

/// <summary>Who and what a file is about. Read only where somebody asked for it: nothing else in SegSharp says any of these.</summary>
/// <remarks>Names and identifiers as stored, null where the file has none.</remarks>
public sealed record DicomIdentifiers
{
    /// <summary>Name of the patient.</summary>
    public string? PatientName { get; init; }

    /// <summary>Number of the patient.</summary>
    public string? PatientId { get; init; }

    /// <summary>Day of birth, YYYYMMDD.</summary>
    public string? BirthDate { get; init; }

    /// <summary>Number of the request.</summary>
    public string? Accession { get; init; }

    /// <summary>The hospital.</summary>
    public string? Institution { get; init; }

    /// <summary>Day of the study, YYYYMMDD.</summary>
    public string? StudyDate { get; init; }

    /// <summary>The world-wide number of the study.</summary>
    public string? StudyUid { get; init; }

    /// <summary>The world-wide number of the series.</summary>
    public string? SeriesUid { get; init; }

    /// <summary>Reads them from one file.</summary>
    /// <exception cref="SegSharp.Foundation.InputException">Not a DICOM file, or damaged.</exception>
    public static DicomIdentifiers Read(string path)
    {
        using var source = ByteSource.Open(path);
        var data = DicomReader.Read(source).Data;
        var set = data.Code(DicomTag.CharacterSet);
        return new DicomIdentifiers
        {
            PatientName = data.Text(DicomTag.PatientName, set),
            PatientId = data.Text(DicomTag.PatientId, set),
            BirthDate = data.Code(DicomTag.PatientBirthDate),
            Accession = data.Text(DicomTag.AccessionNumber, set),
            Institution = data.Text(DicomTag.InstitutionName, set),
            StudyDate = data.Code(DicomTag.StudyDate),
            StudyUid = data.Code(DicomTag.StudyInstance),
            SeriesUid = data.Code(DicomTag.SeriesInstance),
        };
    }

    // A description, unless it repeats a part of what names the patient, the hospital or the day, or may hide one.
    internal static string? WithoutPatient(string? text, DicomItem data)
    {
        if (text is null)
        {
            return null;
        }

        foreach (var tag in (ReadOnlySpan<uint>)[DicomTag.PatientName, DicomTag.PatientId, DicomTag.PatientBirthDate, DicomTag.AccessionNumber,
            DicomTag.InstitutionName, DicomTag.ReferringPhysician, DicomTag.StudyId, DicomTag.StudyDate, DicomTag.SeriesDate])
        {
            var parts = (data.Code(tag) ?? "").Split(['^', '=', ' ', ',', '_', '-', '.', '/', '\\'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (parts.Any(p => p.Length >= 3 && text.Contains(p, StringComparison.OrdinalIgnoreCase)))
            {
                return null;
            }
        }

        // Long numbers are dates, telephones or identifiers more often than anything that helps to choose a series.
        var digits = 0;
        foreach (var c in text)
        {
            digits = char.IsAsciiDigit(c) ? digits + 1 : 0;
            if (digits >= 6)
            {
                return null;
            }
        }

        return text;
    }
}
