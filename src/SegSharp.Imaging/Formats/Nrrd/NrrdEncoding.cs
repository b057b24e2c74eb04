namespace SegSharp.Imaging.Formats.Nrrd;

// How the numbers lie in the file.
internal enum NrrdEncoding
{
    Raw,
    Gzip,
    Ascii,
}
