using SegSharp.Foundation;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Imaging.Formats.Jpeg;

namespace SegSharp.Imaging;

/// <summary>What the image formats need from the system, for those who want to know before they read.</summary>
public static class ImagingRuntime
{
    /// <summary>Whether JPEG pictures can be read: libjpeg-turbo is there and loads.</summary>
    public static bool ReadsJpeg => TurboJpeg.IsPresent;

    /// <summary>The names under which libjpeg-turbo is looked for.</summary>
    public static string JpegLibraryNames => TurboJpeg.FileNames;

    /// <summary>What the decoder of compressed DICOM says of itself: "segsharp-dicom 1 (GDCM 3.0.22)". Starts it.</summary>
    /// <exception cref="SegSharpException">It is nowhere, or does not run.</exception>
    public static string DicomDecoder => Formats.Dicom.DicomDecoder.Version();
}
