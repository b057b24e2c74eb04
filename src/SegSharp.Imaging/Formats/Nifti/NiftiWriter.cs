using System.Buffers.Binary;

namespace SegSharp.Imaging.Formats.Nifti;

// One file, little-endian: NIfTI-1, or NIfTI-2 where a side is too long for it. Every byte that says nothing is 0.
internal static class NiftiWriter
{
    private const short Aligned = 2;
    private const byte Millimetres = 2;

    public static void Write(Stream stream, Volume volume)
    {
        var sides = volume.Channels == 1
            ? [volume.Extent.Width, volume.Extent.Height, volume.Extent.Depth]
            : (int[])[volume.Extent.Width, volume.Extent.Height, volume.Extent.Depth, volume.Channels];
        stream.Write(sides.Max() > short.MaxValue ? Header2(volume, sides) : Header1(volume, sides));
        stream.Write(volume.Bytes);
    }

    private static byte[] Header1(Volume volume, int[] sides)
    {
        var h = new byte[NiftiHeader.Size1 + 4];
        var place = new Place(volume.Geometry, v => (float)v);
        void Short(int at, int value) => BinaryPrimitives.WriteInt16LittleEndian(h.AsSpan(at), (short)value);
        void Float(int at, double value) => BinaryPrimitives.WriteSingleLittleEndian(h.AsSpan(at), (float)value);

        BinaryPrimitives.WriteInt32LittleEndian(h, NiftiHeader.Size1);
        Short(40, sides.Length);
        for (var i = 0; i < 7; i++)
        {
            Short(42 + (2 * i), i < sides.Length ? sides[i] : 1);
        }

        Short(70, NiftiType.CodeOf(volume.VoxelType));
        Short(72, volume.VoxelType.Size() * 8);
        for (var i = 0; i < 8; i++)
        {
            Float(76 + (4 * i), place.Steps[i]);
        }

        Float(108, h.Length);
        Float(112, 1);
        h[123] = Millimetres;
        Short(252, place.QformCode);
        Short(254, place.SformCode);
        for (var i = 0; i < 6; i++)
        {
            Float(256 + (4 * i), place.Quaternion[i]);
        }

        for (var i = 0; i < 12; i++)
        {
            Float(280 + (4 * i), place.Sform[i]);
        }

        "n+1"u8.CopyTo(h.AsSpan(344));
        return h;
    }

    private static byte[] Header2(Volume volume, int[] sides)
    {
        var h = new byte[NiftiHeader.Size2 + 4];
        var place = new Place(volume.Geometry, v => v);
        void Short(int at, int value) => BinaryPrimitives.WriteInt16LittleEndian(h.AsSpan(at), (short)value);
        void Int(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(h.AsSpan(at), value);
        void Long(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(h.AsSpan(at), value);
        void Double(int at, double value) => BinaryPrimitives.WriteDoubleLittleEndian(h.AsSpan(at), value);

        Int(0, NiftiHeader.Size2);
        "n+2\0\r\n\x1a\n"u8.CopyTo(h.AsSpan(4));
        Short(12, NiftiType.CodeOf(volume.VoxelType));
        Short(14, volume.VoxelType.Size() * 8);
        Long(16, sides.Length);
        for (var i = 0; i < 7; i++)
        {
            Long(24 + (8 * i), i < sides.Length ? sides[i] : 1);
        }

        for (var i = 0; i < 8; i++)
        {
            Double(104 + (8 * i), place.Steps[i]);
        }

        Long(168, h.Length);
        Double(176, 1);
        Int(344, place.QformCode);
        Int(348, place.SformCode);
        for (var i = 0; i < 6; i++)
        {
            Double(352 + (8 * i), place.Quaternion[i]);
        }

        for (var i = 0; i < 12; i++)
        {
            Double(400 + (8 * i), place.Sform[i]);
        }

        Int(500, Millimetres);
        return h;
    }

    // The grid in the header's words.
    private sealed class Place
    {
        // How far from right angles the axes may be for a qform: single precision rounds more than that away.
        private const double RightAngles = 1e-4;

        public Place(Geometry geometry, Func<double, double> round)
        {
            var affine = geometry.ToWorld;
            var s = geometry.Spacing;
            var direct = geometry.Direction.Determinant >= 0;
            Steps = [direct ? 1 : -1, s.X, s.Y, s.Z, 1, 1, 1, 1];
            if (geometry == Geometry.From(geometry.Extent, NiftiHeader.Fallback(geometry.Extent, new Triple(round(s.X), round(s.Y), round(s.Z)))))
            {
                // Read without either matrix, here and elsewhere, it is the same grid.
                Steps[0] = 1;
                return;
            }

            SformCode = Aligned;
            Sform = [.. affine.Row(0), .. affine.Row(1), .. affine.Row(2)];
            if (geometry.Direction.ShearDegrees() <= RightAngles * 180 / Math.PI)
            {
                QformCode = Aligned;
                var d = geometry.Direction.Orthonormal();
                Quaternion = [.. QuaternionOf(direct ? d : d with { AlongZ = d.AlongZ * -1 }), affine.Offset.X, affine.Offset.Y, affine.Offset.Z];
            }
        }

        public double[] Steps { get; }

        public int QformCode { get; }

        public int SformCode { get; }

        public double[] Quaternion { get; } = new double[6];

        public double[] Sform { get; } = new double[12];

        // Source: nifti1.h, nifti_mat44_to_quatern; the largest of the four first, so that nothing is divided by nearly 0.
        private static double[] QuaternionOf(Direction r)
        {
            var (xx, yx, zx) = r.AlongX;
            var (xy, yy, zy) = r.AlongY;
            var (xz, yz, zz) = r.AlongZ;
            double a, b, c, d;
            if (xx + yy + zz > 0)
            {
                a = Math.Sqrt(1 + xx + yy + zz) / 2;
                (b, c, d) = ((zy - yz) / (4 * a), (xz - zx) / (4 * a), (yx - xy) / (4 * a));
            }
            else if (xx >= yy && xx >= zz)
            {
                b = Math.Sqrt(1 + xx - yy - zz) / 2;
                (a, c, d) = ((zy - yz) / (4 * b), (xy + yx) / (4 * b), (xz + zx) / (4 * b));
            }
            else if (yy >= zz)
            {
                c = Math.Sqrt(1 + yy - xx - zz) / 2;
                (a, b, d) = ((xz - zx) / (4 * c), (xy + yx) / (4 * c), (yz + zy) / (4 * c));
            }
            else
            {
                d = Math.Sqrt(1 + zz - xx - yy) / 2;
                (a, b, c) = ((yx - xy) / (4 * d), (xz + zx) / (4 * d), (yz + zy) / (4 * d));
            }

            return a < 0 ? [-b, -c, -d] : [b, c, d];
        }
    }
}
