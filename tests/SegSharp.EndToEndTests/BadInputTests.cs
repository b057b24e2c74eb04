using System.Diagnostics;
using SegSharp.Imaging;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.EndToEndTests;

/// <summary>Bad input ends with its exit code and one clear sentence, and leaves nothing half-written.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly Workshop _workshop = new();

    public void Dispose() => _workshop.Dispose();

    [Fact]
    public void A_data_set_that_is_not_there()
    {
        Fails(3, $"data set '{_workshop["no"]}' does not exist", "train", _workshop["no"], "--out", _workshop["run"]);
    }

    [Fact]
    public void A_truncated_image()
    {
        var data = _workshop.Phantom();
        var image = Directory.GetFiles(Path.Combine(data, "imagesTr")).Order().First();
        File.WriteAllBytes(image, File.ReadAllBytes(image)[..200]);

        Fails(3, $"error: '{image}' is truncated: it has 200 bytes, but PNG chunk IDAT needs ", Workshop.Training(data, _workshop["run"], 1));
    }

    [Fact]
    public void An_image_and_a_mask_of_different_size()
    {
        var data = _workshop.Phantom();
        var mask = Directory.GetFiles(Path.Combine(data, "labelsTr")).Order().First();
        var image = Directory.GetFiles(Path.Combine(data, "imagesTr")).Order().First();
        Labels(mask, 32, 16, 1);

        Fails(3, $"label map '{mask}' is 32x16 but its image '{image}' is 32x32\n", Workshop.Training(data, _workshop["run"], 1));
    }

    [Fact]
    public void A_label_outside_the_list()
    {
        var data = _workshop.Phantom();
        var mask = Directory.GetFiles(Path.Combine(data, "labelsTr")).Order().First();
        Labels(mask, 32, 32, 7);

        Fails(3, $"label map '{mask}' holds label 7 (1024 pixels), outside the list: 0 background, 1 membrane\n", Workshop.Training(data, _workshop["run"], 1));
    }

    [Fact]
    public void Bad_data_do_not_cost_the_run_that_overwrite_would_replace()
    {
        var data = _workshop.Phantom();
        Workshop.Succeed(Workshop.Training(data, _workshop["run"], 1));
        var before = Workshop.Weights(_workshop["run"], "checkpoint-last.pt");
        Labels(Directory.GetFiles(Path.Combine(data, "labelsTr")).Order().First(), 32, 32, 7);

        var result = CliRunner.Run([.. Workshop.Training(data, _workshop["run"], 1), "--overwrite"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(before, Workshop.Weights(_workshop["run"], "checkpoint-last.pt"));
    }

    [Fact]
    public void No_cases_at_all()
    {
        var data = _workshop.Phantom();
        foreach (var file in Directory.GetFiles(Path.Combine(data, "imagesTr")))
        {
            File.Delete(file);
        }

        Fails(3, $"data set '{data}' has 0 cases: no file CASE_0000.png in '{Path.Combine(data, "imagesTr")}'\n", Workshop.Training(data, _workshop["run"], 1));
    }

    [Theory]
    [InlineData("network.name=unte", "unknown network 'unte'; known: unet, ", "did you mean 'unet'?")]
    [InlineData("network.bass=1", "unknown key 'network.bass'; known: network.base, ", "did you mean 'network.base'?")]
    [InlineData("training.epochs=0", "training.epochs is 0; it must be 1 or more\n", "set training.epochs")]
    public void An_unknown_network_or_key_and_a_value_out_of_range(string assignment, string message, string fix)
    {
        var result = Fails(2, message, "train", _workshop.Phantom(), "--out", _workshop["run"], "--set", assignment);

        Assert.EndsWith($"\nfix: {fix}\n", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_lies_there_already()
    {
        var data = _workshop.Phantom();
        Workshop.Succeed(Workshop.Training(data, _workshop["run"], 1));

        var result = CliRunner.Run(Workshop.Training(data, _workshop["run"], 1));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            $"error: '{_workshop["run"]}' already holds a run\nfix: --resume {_workshop["run"]} goes on with it, --overwrite replaces it\n",
            result.Error);
    }

    [Fact]
    public void A_number_where_a_network_is_expected()
    {
        Fails(2, "network is 5; it must be one of unet, ", "network", "summary", "unet", "--set", "network=5");
    }

    [Fact]
    public void The_demo_does_not_replace_data_that_it_did_not_make()
    {
        var data = _workshop.Phantom();

        Fails(2, $"'{data}' is there already and the demo did not make it\n", "demo", "--out", Path.GetDirectoryName(data)!);
    }

    [Fact]
    public void A_curve_that_cannot_be_drawn_does_not_cost_the_training()
    {
        var (data, run) = (_workshop.Phantom(), _workshop["run"]);
        Directory.CreateDirectory(Path.Combine(run, "curves.svg"));

        var result = CliRunner.Run([.. Workshop.Training(data, run, 2).Where(a => a != "--quiet"), "--optimizer", "adamw"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Single(result.Error.Split('\n'), l => l.Contains("no picture of the curves: ", StringComparison.Ordinal));
        Assert.Contains("\"learningRate\": 0.01", File.ReadAllText(Path.Combine(run, "recipe.json")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(run, "report.html")));
    }

    [Fact]
    public void A_pickle_that_would_execute_something_is_refused_by_name()
    {
        var evil = ParityCases.Require("32-checkpoints", "evil_posix_system.pt");
        var image = Directory.GetFiles(Path.Combine(_workshop.Phantom(), "imagesTr")).Order().First();
        var sentence = $"cannot read '{evil}': its pickle names 'posix.system', which would execute code; refused\n";

        Fails(3, sentence, "predict", evil, image, _workshop["run"]);
        Fails(3, sentence, "info", evil);
        Fails(3, sentence, "network", "run", "unet", "--weights", evil, "--input", _workshop["x.npy"], "--output", _workshop["run"]);
    }

    [Fact]
    public void An_output_below_a_file_or_below_proc_cannot_be_written()
    {
        var data = _workshop.Phantom();
        var image = Directory.GetFiles(Path.Combine(data, "imagesTr")).Order().First();
        Workshop.Succeed(Workshop.Training(data, _workshop["model"], 1));

        var name = Path.GetFileNameWithoutExtension(image)[..^5] + ".png";
        Fails(1, $"cannot write '{Path.Combine(image, "run.json")}': its folder '{image}' cannot be made\n", Workshop.Training(data, image, 1));
        Fails(1, $"cannot write '/proc/run/run.json': its folder '/proc/run' cannot be made\n", Workshop.Training(data, "/proc/run", 1));
        Fails(1, $"cannot write '/proc/run/{name}': its folder '/proc/run' cannot be made\n", "predict", _workshop["model"], image, "/proc/run");
    }

    [Fact]
    public void A_mask_never_replaces_its_image()
    {
        var data = _workshop.Phantom();
        Workshop.Succeed(Workshop.Training(data, _workshop["model"], 1));
        File.Copy(Directory.GetFiles(Path.Combine(data, "imagesTr")).Order().First(), _workshop["a.png"]);
        var before = File.ReadAllBytes(_workshop["a.png"]);

        var result = CliRunner.Run("predict", _workshop["model"], _workshop["a.png"], Path.GetDirectoryName(_workshop["a.png"])!, "--overwrite");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"error: the mask of '{_workshop["a.png"]}' would replace the image itself\nfix: choose another folder for the masks\n", result.Error);
        Assert.Equal(before, File.ReadAllBytes(_workshop["a.png"]));
    }

    [Fact]
    public void A_file_that_may_not_grow_ends_the_run_with_what_was_whole()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "limits the size of files with ulimit");
        var run = _workshop["run"];
        var args = Workshop.Training(_workshop.Phantom(), run, 1);

        var result = Limited("trap '' XFSZ; ulimit -f 8", args);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            $"error: cannot write '{Path.Combine(run, "checkpoint-last.pt")}': the file would be larger than the system allows\n"
            + "fix: raise the limit (ulimit -f) or write to another disk\n",
            result.Error);
        Assert.False(File.Exists(Path.Combine(run, "checkpoint-last.pt")));
        Assert.Empty(_workshop.Unfinished());
    }

    [Fact]
    public void A_full_disk_ends_the_run_with_what_was_whole()
    {
        Assert.SkipUnless(Limited("unshare -rm true || exit 1", ["--version"]).ExitCode == 0, "needs a mount of its own (unshare)");
        var args = Workshop.Training(_workshop.Phantom(), _workshop["disk", "run"], 1);
        Directory.CreateDirectory(_workshop["disk"]);

        var result = Limited(
            "mount -t tmpfs -o size=36k tmpfs \"$DISK\"", args, "unshare -rm",
            "[ -z \"$(find \"$DISK\" -name '*.tmp.*' -o -name '*.pt')\" ] || exit 99");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            $"error: cannot write '{_workshop["disk", "run", "checkpoint-last.pt"]}': the disk is full\nfix: free some space or write to another disk\n",
            result.Error);
    }

    private static void Labels(string path, int width, int height, ushort label) =>
        new LabelMap("x", Geometry.Pixels(new Extent(width, height)), [.. Enumerable.Repeat(label, width * height)]).Write(path);

    // The first line is the whole message where the sentence ends in a line break; and no run is left behind.
    private CliResult Fails(int code, string sentence, params string[] args)
    {
        var result = CliRunner.Run(args);

        Assert.Equal(code, result.ExitCode);
        Assert.Equal("", result.Out);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(sentence, result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length, 1, 2);
        Assert.False(Directory.Exists(_workshop["run"]));
        Assert.Empty(_workshop.Unfinished());
        return result;
    }

    // .NET maps its own code twice through a large file, which a limit on files would forbid.
    private CliResult Limited(string first, string[] args, string shell = "", string after = "true")
    {
        var script = $"{first}; export DOTNET_EnableWriteXorExecute=0; \"$@\"; code=$?; {after}; exit $code";
        var words = shell.Split(' ', StringSplitOptions.RemoveEmptyEntries).Concat(["bash", "-c", script, "bash", CliRunner.Program, .. args]).ToList();
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["DOTNET_ROOT"] = CliRunner.DotNetRoot;
        start.Environment["DISK"] = _workshop["disk"];
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
        return new CliResult(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }
}
