using System.Runtime.InteropServices;
using SegSharp.Imaging;
using SegSharp.Imaging.Resampling;
using SegSharp.Testing;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.ParityTests.Imaging;

/// <summary>Pillow 9.4's <c>resize</c> bit by bit, and torch 1.13's <c>interpolate</c> when enlarging.</summary>
public sealed class PilResizeParityTests
{
    [Theory]
    [InlineData(24, 28)]
    [InlineData(37, 50)]
    [InlineData(70, 150)]
    public void Eight_bits_are_Pillows(int height, int width)
    {
        var page = Npy.Read(Folder("input_96x112_u8.npy")).Bytes.ToArray();

        Assert.Equal(Npy.Read(Folder($"pil_bilinear_{height}x{width}.npy")).Bytes.ToArray(), PilResize.Bilinear(page, 112, 96, width, height));
        Assert.Equal(Npy.Read(Folder($"pil_nearest_{height}x{width}.npy")).Bytes.ToArray(), PilResize.Nearest<byte>(page, 112, 96, width, height));
    }

    [Fact]
    public void The_exercise_of_512_to_128_is_Pillows()
    {
        var page = Volume.Read(Folder("input_512.png"));

        var bilinear = PilResize.Bilinear(page, 128, 128).Bytes;
        var nearest = PilResize.Nearest<byte>(page.Bytes, 512, 512, 128, 128);

        Assert.Equal(Npy.Read(Folder("pil_bilinear_512_to_128_crop_32_64.npy")).Bytes.ToArray(), Crop(bilinear));
        Assert.Equal(Npy.Read(Folder("pil_nearest_512_to_128_crop_32_64.npy")).Bytes.ToArray(), Crop(nearest));
    }

    [Fact]
    public void Enlarging_along_x_is_interpolate_without_aligned_corners()
    {
        // 96 rows become 70 in the recording, so only the columns are enlarged; torch does not widen its filter there, Pillow does.
        var page = Array.ConvertAll(Npy.Read(Folder("input_96x112_u8.npy")).Bytes.ToArray(), b => (float)b);
        var expected = MemoryMarshal.Cast<byte, float>(Npy.Read(Folder("torch_bilinear_acFalse_70x150.npy")).Bytes.Span).ToArray();
        var wide = PilResize.Bilinear(page, 112, 96, 150, 96);

        for (var y = 0; y < 70; y++)
        {
            var at = Math.Clamp(((y + 0.5) * 96 / 70) - 0.5, 0, 95);
            var (row, part) = ((int)at, at - (int)at);
            for (var x = 0; x < 150; x++)
            {
                var value = ((1 - part) * wide[(row * 150) + x]) + (part * wide[(Math.Min(row + 1, 95) * 150) + x]);
                Assert.Equal(expected[(y * 150) + x], value, 1e-3);
            }
        }
    }

    private static byte[] Crop(byte[] page) => [.. Enumerable.Range(32, 32).SelectMany(y => page[((y * 128) + 32)..((y * 128) + 64)])];

    private static string Folder(string file) => ParityCases.Require("29-embedding-resize", "resize", file);
}
