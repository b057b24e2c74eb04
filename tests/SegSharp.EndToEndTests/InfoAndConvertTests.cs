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
            $"error: '{file}' is of no known format: it begins with 68 65 6c 6c; expected PNG (.png), TIFF (.tif .tiff), JPEG (.jpg .jpeg), GIF (.gif), NIfTI (.nii.gz .nii .hdr .hdr.gz), PyTorch checkpoints, safetensors, NumPy arrays\nfix: convert it to PNG or TIFF\n",
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
}
