using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Formats;
using SegSharp.Imaging.Formats.Dicom;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Imaging.Formats.Dicom;

/// <summary>Whatever lies in a file, and whatever becomes of the child over it: an image, or one clear refusal that names the file.</summary>
public sealed class DicomHostileTests
{
    [Fact]
    public void A_header_cut_anywhere_is_refused()
    {
        var whole = DicomBuilder.File(PhantomSeries.Slice("a", 1, Triple.Zero), "1.2", "1.2.3");
        for (var length = 0; length < whole.Length; length++)
        {
            var error = Assert.Throws<InputException>(() => Read(whole.AsMemory(0, length)));
            Assert.StartsWith("'a.dcm' ", error.Message);
            Assert.NotNull(error.Fix);
        }
    }

    [Fact]
    public void A_file_with_changed_bytes_is_read_or_refused() => Change(trials: 3000);

    [Fact]
    [Trait("Category", "Full")]
    public void A_file_with_changed_bytes_is_read_or_refused_at_length() => Change(trials: 200_000);

    [Fact]
    public void A_child_that_crashes_is_named_with_its_file_and_started_again()
    {
        using var phantom = new PhantomSeries();
        var image = DicomImage.Open(Compressed(phantom));
        using var decoder = new DicomDecoder(program: Program(phantom, "exit 3"));

        for (var start = 1; start <= 2; start++)
        {
            var error = Assert.Throws<InputException>(() => decoder.Decode(image));
            Assert.Equal($"'{image.Path}' is damaged: the decoder of its pixels (JPEG 2000 lossless) crashed over it", error.Message);
            Assert.Equal(start, decoder.Starts);
        }
    }

    [Fact]
    public void A_child_that_hangs_is_stopped_and_its_file_is_named()
    {
        using var phantom = new PhantomSeries();
        var image = DicomImage.Open(Compressed(phantom));
        using var decoder = new DicomDecoder(TimeSpan.FromSeconds(0.5), Program(phantom, "exec sleep 60"));

        var error = Assert.Throws<InputException>(() => decoder.Decode(image));

        Assert.Equal($"'{image.Path}' is damaged: decoding its pixels (JPEG 2000 lossless) took more than 1 s and was stopped", error.Message);
    }

    [Fact]
    public void Changed_compressed_files_end_neither_us_nor_the_next_file()
    {
        Assert.SkipWhen(DicomDecoder.Program is null, "segsharp-dicom is not built: it needs libgdcm-dev");
        using var phantom = new PhantomSeries();
        using var decoder = new DicomDecoder(TimeSpan.FromSeconds(10));
        var random = new RandomStream(7);
        foreach (var name in (string[])["MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_jpeg_gdcm.dcm"])
        {
            var whole = File.ReadAllBytes(RealData.Require("dicom", "pydicom-test-files", name));
            for (var trial = 0; trial < 25; trial++)
            {
                var changed = whole.ToArray();
                for (var n = random.Next(8); n >= 0; n--)
                {
                    changed[changed.Length - 1 - random.Next(changed.Length / 2)] = (byte)random.Next(256);
                }

                var path = Path.Combine(phantom.Folder, "changed.dcm");
                File.WriteAllBytes(path, changed);
                try
                {
                    _ = DicomPixels.Read(path, Reading.Colours, decoder);
                }
                catch (InputException e)
                {
                    Assert.StartsWith($"'{path}' ", e.Message);
                }
            }

            Assert.NotEmpty(DicomPixels.Read(RealData.Require("dicom", "pydicom-test-files", name), Reading.Colours, decoder).Bytes);
        }
    }

    private static void Change(int trials)
    {
        var whole = DicomBuilder.File(PhantomSeries.Slice("a", 1, Triple.Zero), "1.2", "1.2.3");
        var random = new RandomStream(5);
        for (var trial = 0; trial < trials; trial++)
        {
            var changed = whole.ToArray();
            for (var n = random.Next(5); n >= 0; n--)
            {
                changed[128 + random.Next(changed.Length - 128)] = random.Chance(0.3) ? (byte)255 : (byte)random.Next(256);
            }

            try
            {
                _ = Read(changed);
            }
            catch (InputException e)
            {
                Assert.StartsWith("'a.dcm' ", e.Message);
            }
        }
    }

    private static Volume Read(ReadOnlyMemory<byte> bytes)
    {
        using var source = ByteSource.Of("a.dcm", bytes);
        return Catalogue.Recognise(source).Read(source, Reading.Colours);
    }

    private static string Compressed(PhantomSeries phantom) => phantom.Add("c.dcm", PhantomSeries.Slice("c", 0, Triple.Zero), "1.2.840.10008.1.2.4.90");

    private static string Program(PhantomSeries phantom, string script)
    {
        var path = Path.Combine(phantom.Folder, "child.sh");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
