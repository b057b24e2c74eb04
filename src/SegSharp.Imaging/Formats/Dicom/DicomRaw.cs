namespace SegSharp.Imaging.Formats.Dicom;

// Decoded pixels as stored: frames one after the other, samples of a pixel side by side, machine byte order, one bit spread to a byte.
internal sealed record DicomRaw(
    int Width, int Height, int Frames, int Samples, int BitsAllocated, int BitsStored, int HighBit, bool IsSigned, string Photometric, byte[] Bytes, bool IsFloat = false);

// The same as single planes: [frame][channel][height][width] of one type.
internal sealed record DicomPlanes(Extent Page, int Frames, int Channels, VoxelType Type, byte[] Bytes)
{
    public int PlaneBytes => (int)(Page.PageCount * Type.Size());

    public ReadOnlySpan<byte> Plane(int frame, int channel) => Bytes.AsSpan(((frame * Channels) + channel) * PlaneBytes, PlaneBytes);
}
