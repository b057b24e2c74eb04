using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class InfoAndConvertTests : IDisposable
{
    private static readonly string Fixtures = Path.Combine(Repository.Root, "tests", "SegSharp.Tests", "Imaging", "fixtures", "formats");
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Info_shows_a_palette_image_with_its_labels()
    {
        var file = Path.Combine(Fixtures, "palette1.png");

        var result = CliRunner.Run("info", file, "--json");

        Assert.Equal(0, result.ExitCode);
        var image = result.Json["files"]![0]!;
        Assert.Equal(("image", "PNG", "23x17", "uint8", true), ((string)image["kind"]!, (string)image["format"]!, (string)image["size"]!, (string)image["type"]!, (bool)image["palette"]!));
        Assert.Equal(23 * 17, image["labels"]!.AsArray().Sum(l => (long)l!["voxels"]!));
    }

    [Fact]
    public void Info_refuses_what_it_does_not_know_with_exit_code_3()
    {
        var file = Path.Combine(_folder, "notes.txt");
        File.WriteAllText(file, "hello");

        var result = CliRunner.Run("info", file);

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Out);
        Assert.Equal(
            $"error: '{file}' is of no known format: it begins with 68 65 6c 6c; expected PNG (.png), TIFF (.tif .tiff), JPEG (.jpg .jpeg), GIF (.gif), NIfTI (.nii.gz .nii .hdr .hdr.gz), NRRD (.nrrd .seg.nrrd .nhdr), MetaImage (.mha .mhd), DICOM (.dcm), PyTorch checkpoints, safetensors, NumPy arrays\nfix: convert it to PNG or TIFF\n",
            result.Error);
    }

    [Fact]
    public void A_stack_becomes_pages_and_pages_a_stack()
    {
        var (source, pages, stack) = (Path.Combine(Fixtures, "pages5.tif"), Path.Combine(_folder, "pages"), Path.Combine(_folder, "stack.tif"));

        Assert.Equal(0, CliRunner.Run("convert", source, pages).ExitCode);
        Assert.Equal(0, CliRunner.Run("convert", pages, stack, "--dtype", "uint16").ExitCode);

        Assert.Equal(Volume.Read(source).ToFloats(), Volume.Read(stack).ToFloats());
        Assert.Equal(VoxelType.UInt16, Volume.Read(stack).VoxelType);
    }

    [Fact]
    public void What_is_there_is_kept_until_overwrite_is_said()
    {
        var (first, second, target) = (Path.Combine(Fixtures, "grey8.png"), Path.Combine(Fixtures, "rgb8.png"), Path.Combine(_folder, "a.tif"));

        Assert.Equal(0, CliRunner.Run("convert", first, target).ExitCode);
        var again = CliRunner.Run("convert", second, target);

        Assert.Equal(0, again.ExitCode);
        Assert.Equal($"'{target}' is there already, nothing done; --overwrite does it again\n", again.Error);
        Assert.Equal(1, Volume.Read(target).Channels);
        Assert.Equal(0, CliRunner.Run("convert", second, target, "--overwrite").ExitCode);
        Assert.Equal(3, Volume.Read(target).Channels);
    }

    [Fact]
    public void Values_that_do_not_fit_are_refused_and_nothing_is_written()
    {
        var (source, target) = (Path.Combine(Fixtures, "grey16.png"), Path.Combine(_folder, "a.png"));

        var result = CliRunner.Run("convert", source, target, "--dtype", "uint8");

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("but uint8 holds 0 to 255", result.Error);
        Assert.EndsWith("fix: choose a type that holds them all: --dtype uint16\n", result.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Labels_keep_a_palettes_indices()
    {
        var (source, target) = (Path.Combine(Fixtures, "palette4.png"), Path.Combine(_folder, "a.png"));

        Assert.Equal(0, CliRunner.Run("convert", source, target, "--labels").ExitCode);

        Assert.Equal(1, Volume.Read(target).Channels);
        Assert.Equal(LabelMap.Read(source).Labels, LabelMap.Read(target).Labels);
    }

    [Fact]
    public void Convert_keeps_the_place_of_a_volume_from_format_to_format()
    {
        var geometry = new Geometry { Extent = new Extent(4, 3, 2), Spacing = new Triple(0.5, 0.75, 2), Origin = new Triple(-10, 20, 30), Direction = new Direction(new Triple(-1, 0, 0), new Triple(0, 0.6, 0.8), new Triple(0, -0.8, 0.6)) };
        var first = Path.Combine(_folder, "a.nii.gz");
        Volume.Of<short>("a", geometry, 1, [.. Enumerable.Range(0, 24).Select(i => (short)i)]).Write(first);

        foreach (var (from, to) in ((string, string)[])[("a.nii.gz", "b.nrrd"), ("b.nrrd", "c.mha"), ("c.mha", "d.nii"), ("d.nii", "e.seg.nrrd")])
        {
            var result = CliRunner.Run("convert", Path.Combine(_folder, from), Path.Combine(_folder, to), "--dtype", "uint8");

            Assert.Equal((0, ""), (result.ExitCode, result.Error));
            Assert.True(Volume.Read(Path.Combine(_folder, to)).Geometry.CornersApart(geometry) < 1e-5);
        }

        var info = CliRunner.Run("info", first, "--json").Json["files"]![0]!;
        Assert.Equal(("NIfTI", "LSP", "2 (aligned)"), ((string)info["format"]!, (string)info["orientation"]!, (string)info["header"]!["sform"]!));
        Assert.Equal(24, Volume.Read(Path.Combine(_folder, "e.seg.nrrd")).Length);
    }

    [Fact]
    public void Convert_mends_a_broken_spacing_when_the_true_one_is_given()
    {
        var broken = Path.Combine(_folder, "a.nii");
        new LabelMap("a", Geometry.Pixels(new Extent(2, 2, 2)), [0, 1, 2, 3, 4, 5, 6, 7]).Write(broken);
        var bytes = File.ReadAllBytes(broken);
        (bytes[252], bytes[254], bytes[83]) = (0, 0, 0xFF);
        File.WriteAllBytes(broken, bytes);
        var mended = Path.Combine(_folder, "mended.nii");

        var refused = CliRunner.Run("info", broken);
        var result = CliRunner.Run("convert", broken, mended, "--spacing", "0.5x0.5x2");

        Assert.Equal(3, refused.ExitCode);
        Assert.Contains($"fix: segsharp convert {broken} mended/{Path.GetFileName(broken)} --spacing XxYxZ, with the true millimetres per voxel", refused.Error);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(new Triple(0.5, 0.5, 2), Volume.Read(mended).Geometry.Spacing);
    }
}
