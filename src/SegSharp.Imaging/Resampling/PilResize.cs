using System.Numerics;
using System.Runtime.InteropServices;

namespace SegSharp.Imaging.Resampling;

/// <summary>Resizes pages as Pillow's <c>Image.resize</c> does: antialiased bilinear for intensities, nearest for labels.</summary>
/// <remarks>
/// Bilinear widens its triangle when it shrinks, so nothing is skipped; when it enlarges, it equals PyTorch's
/// <c>interpolate(mode="bilinear", align_corners=False)</c> up to rounding.
/// Source: Pillow 9.4, <c>src/libImaging/Resample.c</c> and <c>Geometry.c</c>. Parity: 8-bit results and nearest bit by bit, float within 1 ulp of the sum.
/// </remarks>
public static class PilResize
{
    // Weights of 8-bit images are whole numbers with this many bits after the point.
    private const int Precision = 32 - 8 - 2;

    /// <summary>8 bits in, 8 bits out, in Pillow's fixed-point arithmetic; rounded after each of the two passes.</summary>
    /// <param name="page">The pixels, x fastest.</param>
    /// <param name="width">Width of <paramref name="page"/>.</param>
    /// <param name="height">Height of <paramref name="page"/>.</param>
    /// <param name="newWidth">Width of the result.</param>
    /// <param name="newHeight">Height of the result.</param>
    public static byte[] Bilinear(ReadOnlySpan<byte> page, int width, int height, int newWidth, int newHeight) =>
        Filtered(page, width, height, newWidth, newHeight, ResizeFilter.Bilinear);

    /// <summary>8 bits in, 8 bits out, by any of Pillow's filters.</summary>
    /// <param name="page">The pixels, x fastest.</param>
    /// <param name="width">Width of <paramref name="page"/>.</param>
    /// <param name="height">Height of <paramref name="page"/>.</param>
    /// <param name="newWidth">Width of the result.</param>
    /// <param name="newHeight">Height of the result.</param>
    /// <param name="filter">The shape of the filter.</param>
    public static byte[] Filtered(ReadOnlySpan<byte> page, int width, int height, int newWidth, int newHeight, ResizeFilter filter)
    {
        Check(page.Length, width, height, newWidth, newHeight);
        var current = page.ToArray();
        if (newWidth != width)
        {
            current = Across(current, width, height, Windows(width, newWidth, filter));
        }

        return newHeight != height ? Down(current, newWidth, Windows(height, newHeight, filter)) : current;
    }

    /// <summary>Float in, float out; sums in double precision, rounded to float after each of the two passes.</summary>
    /// <inheritdoc cref="Bilinear(ReadOnlySpan{byte}, int, int, int, int)"/>
    public static float[] Bilinear(ReadOnlySpan<float> page, int width, int height, int newWidth, int newHeight)
    {
        Check(page.Length, width, height, newWidth, newHeight);
        var current = page.ToArray();
        if (newWidth != width)
        {
            current = Across(current, width, height, Windows(width, newWidth));
        }

        return newHeight != height ? Down(current, newWidth, Windows(height, newHeight)) : current;
    }

    /// <summary>Every pixel takes the value of the one whose square its centre falls into.</summary>
    /// <inheritdoc cref="Bilinear(ReadOnlySpan{byte}, int, int, int, int)"/>
    public static T[] Nearest<T>(ReadOnlySpan<T> page, int width, int height, int newWidth, int newHeight)
        where T : unmanaged
    {
        Check(page.Length, width, height, newWidth, newHeight);
        var columns = NearestIndices(width, newWidth);
        var rows = NearestIndices(height, newHeight);
        var result = new T[newWidth * newHeight];
        for (var y = 0; y < newHeight; y++)
        {
            var from = page.Slice(rows[y] * width, width);
            var to = result.AsSpan(y * newWidth, newWidth);
            for (var x = 0; x < newWidth; x++)
            {
                to[x] = from[columns[x]];
            }
        }

        return result;
    }

    /// <summary>Resizes every page and channel; whole numbers other than uint8 are computed in float and rounded. The spacing follows.</summary>
    public static Volume Bilinear(Volume volume, int newWidth, int newHeight) => Each(volume, newWidth, newHeight, volume.VoxelType switch
    {
        VoxelType.UInt8 => (from, to) => Bilinear(from, volume.Extent.Width, volume.Extent.Height, newWidth, newHeight).CopyTo(to),
        VoxelType.Float32 => (from, to) => MemoryMarshal.AsBytes<float>(Bilinear(MemoryMarshal.Cast<byte, float>(from), volume.Extent.Width, volume.Extent.Height, newWidth, newHeight)).CopyTo(to),
        VoxelType.Int8 => Rounded<sbyte>(volume, newWidth, newHeight),
        VoxelType.UInt16 => Rounded<ushort>(volume, newWidth, newHeight),
        VoxelType.Int16 => Rounded<short>(volume, newWidth, newHeight),
        VoxelType.UInt32 => Rounded<uint>(volume, newWidth, newHeight),
        VoxelType.Int32 => Rounded<int>(volume, newWidth, newHeight),
        VoxelType.UInt64 => Rounded<ulong>(volume, newWidth, newHeight),
        VoxelType.Int64 => Rounded<long>(volume, newWidth, newHeight),
        _ => Rounded<double>(volume, newWidth, newHeight),
    });

    /// <summary>Resizes every page of a label map. The spacing follows.</summary>
    public static LabelMap Nearest(LabelMap map, int newWidth, int newHeight)
    {
        var (from, to) = ((int)map.Extent.PageCount, newWidth * newHeight);
        var labels = new ushort[checked(to * map.Extent.Depth)];
        for (var z = 0; z < map.Extent.Depth; z++)
        {
            Nearest<ushort>(map.Labels.AsSpan(z * from, from), map.Extent.Width, map.Extent.Height, newWidth, newHeight).CopyTo(labels, z * to);
        }

        return new LabelMap(map.Name, map.Geometry.Resized(newWidth, newHeight), labels, map.Path);
    }

    private delegate void PageChange(ReadOnlySpan<byte> from, Span<byte> to);

    private static Volume Each(Volume volume, int newWidth, int newHeight, PageChange change)
    {
        var size = volume.VoxelType.Size();
        var result = Volume.Zeros(volume.Name, volume.Geometry.Resized(newWidth, newHeight), volume.Channels, volume.VoxelType);
        var (from, to) = ((int)volume.Extent.PageCount * size, newWidth * newHeight * size);
        for (var page = 0; page < volume.Channels * volume.Extent.Depth; page++)
        {
            change(volume.Bytes.AsSpan(page * from, from), result.Bytes.AsSpan(page * to, to));
        }

        return new Volume(volume.Name, result.Geometry, volume.Channels, volume.VoxelType, result.Bytes, volume.Path);
    }

    private static PageChange Rounded<T>(Volume volume, int newWidth, int newHeight)
        where T : unmanaged, INumber<T> => (from, to) =>
        {
            var floats = Array.ConvertAll(MemoryMarshal.Cast<byte, T>(from).ToArray(), float.CreateTruncating);
            var resized = Bilinear(floats, volume.Extent.Width, volume.Extent.Height, newWidth, newHeight);
            var target = MemoryMarshal.Cast<byte, T>(to);
            for (var i = 0; i < resized.Length; i++)
            {
                target[i] = volume.VoxelType.IsFloat() ? T.CreateSaturating(resized[i]) : T.CreateSaturating(MathF.Round(resized[i]));
            }
        };

    private static void Check(int length, int width, int height, int newWidth, int newHeight)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(newWidth, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(newHeight, 1);
        if (length != (long)width * height || length == 0)
        {
            throw new ArgumentException($"{length} pixels; {width}x{height} needs {(long)width * height}");
        }
    }

    // The positions are added up step by step, as Pillow does; the closed form differs in a few columns.
    private static int[] NearestIndices(int size, int newSize)
    {
        var step = (double)size / newSize;
        var at = step * 0.5;
        var indices = new int[newSize];
        for (var i = 0; i < newSize; i++, at += step)
        {
            indices[i] = Math.Min((int)at, size - 1);
        }

        return indices;
    }

    private static Window[] Windows(int size, int newSize, ResizeFilter filter = ResizeFilter.Bilinear)
    {
        var scale = (double)size / newSize;
        var widening = Math.Max(scale, 1);
        var (support, shrink) = (AxisMatrix.Support(filter) * widening, 1 / widening);
        var windows = new Window[newSize];
        for (var i = 0; i < newSize; i++)
        {
            var centre = (i + 0.5) * scale;
            var first = Math.Max(0, (int)(centre - support + 0.5));
            var end = Math.Min(size, (int)(centre + support + 0.5));
            var weights = new double[end - first];
            var sum = 0.0;
            for (var k = 0; k < weights.Length; k++)
            {
                weights[k] = AxisMatrix.Weight(filter, (k + first - centre + 0.5) * shrink);
                sum += weights[k];
            }

            for (var k = 0; k < weights.Length; k++)
            {
                weights[k] /= sum;
            }

            windows[i] = new Window(first, weights, Array.ConvertAll(weights, w => (int)(Math.CopySign(0.5, w) + (w * (1 << Precision)))));
        }

        return windows;
    }

    private static byte[] Across(byte[] page, int width, int height, Window[] windows)
    {
        var result = new byte[windows.Length * height];
        for (var y = 0; y < height; y++)
        {
            var row = page.AsSpan(y * width, width);
            for (var x = 0; x < windows.Length; x++)
            {
                var (first, _, fixedWeights) = windows[x];
                var sum = 1 << (Precision - 1);
                for (var k = 0; k < fixedWeights.Length; k++)
                {
                    sum += row[first + k] * fixedWeights[k];
                }

                result[(y * windows.Length) + x] = (byte)Math.Clamp(sum >> Precision, 0, 255);
            }
        }

        return result;
    }

    private static byte[] Down(byte[] page, int width, Window[] windows)
    {
        var result = new byte[width * windows.Length];
        var sums = new int[width];
        for (var y = 0; y < windows.Length; y++)
        {
            var (first, _, fixedWeights) = windows[y];
            Array.Fill(sums, 1 << (Precision - 1));
            for (var k = 0; k < fixedWeights.Length; k++)
            {
                var row = page.AsSpan((first + k) * width, width);
                for (var x = 0; x < width; x++)
                {
                    sums[x] += row[x] * fixedWeights[k];
                }
            }

            for (var x = 0; x < width; x++)
            {
                result[(y * width) + x] = (byte)Math.Clamp(sums[x] >> Precision, 0, 255);
            }
        }

        return result;
    }

    private static float[] Across(float[] page, int width, int height, Window[] windows)
    {
        var result = new float[windows.Length * height];
        for (var y = 0; y < height; y++)
        {
            var row = page.AsSpan(y * width, width);
            for (var x = 0; x < windows.Length; x++)
            {
                var (first, weights, _) = windows[x];
                var sum = 0.0;
                for (var k = 0; k < weights.Length; k++)
                {
                    sum += row[first + k] * weights[k];
                }

                result[(y * windows.Length) + x] = (float)sum;
            }
        }

        return result;
    }

    private static float[] Down(float[] page, int width, Window[] windows)
    {
        var result = new float[width * windows.Length];
        var sums = new double[width];
        for (var y = 0; y < windows.Length; y++)
        {
            var (first, weights, _) = windows[y];
            Array.Clear(sums);
            for (var k = 0; k < weights.Length; k++)
            {
                var row = page.AsSpan((first + k) * width, width);
                for (var x = 0; x < width; x++)
                {
                    sums[x] += row[x] * weights[k];
                }
            }

            for (var x = 0; x < width; x++)
            {
                result[(y * width) + x] = (float)sums[x];
            }
        }

        return result;
    }

    // The pixels that one new pixel is made of.
    private readonly record struct Window(int First, double[] Weights, int[] FixedWeights);
}
