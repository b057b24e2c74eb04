using System.Text.Json.Nodes;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using Xunit;

namespace SegSharp.EndToEndTests;

public sealed class NetworkVerbTests : IDisposable
{
    private const string Case = "02-unet2015/unpadded-d3-wf2";
    private static readonly string[] Options = ["--set", "network.base=4", "--set", "network.depth=2", "--set", "network.inChannels=3", "--set", "network.classes=3"];
    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Verify_passes_folders_and_key_lists_and_passes_over_other_files()
    {
        var result = CliRunner.Run("network", "verify", ParityCases.Require("02-unet2015"), ParityCases.Require("01-unet", "README.md"), "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(5, (int)result.Json["passed"]!);
        Assert.Equal(1, (int)result.Json["ignored"]!);
        Assert.Equal("", result.Error);
    }

    [Fact]
    public void Verify_says_which_output_is_over_its_tolerance_and_which_file_is_missing()
    {
        var copy = Copy();
        var output = Npy.Read(Path.Combine(copy, "output_eval_0.npy"));
        var bytes = output.Bytes.ToArray();
        BitConverter.TryWriteBytes(bytes.AsSpan(0, 4), BitConverter.ToSingle(bytes) + 1);
        Npy.Write(Path.Combine(copy, "output_eval_0.npy"), output with { Bytes = bytes });
        File.Delete(Path.Combine(copy, "grad_input_x.npy"));

        var result = CliRunner.Run("network", "verify", copy, "--json");

        Assert.Equal(1, result.ExitCode);
        var comparisons = result.Json["cases"]![0]!["comparisons"]!.AsArray();
        var eval = comparisons.Single(c => (string)c!["what"]! == "eval 0")!;
        Assert.False((bool)eval["passed"]!);
        Assert.Equal(1, (double)eval["largestDifference"]!, tolerance: 1e-3);
        Assert.Equal("skipped: grad_input_x.npy", (string)comparisons.Single(c => (string)c!["what"]! == "gradient input:x")!["note"]!);
    }

    [Theory]
    [InlineData("convert in.pt out.pt --set network.base=2", "the checkpoint's own recipe says its network where --network is left out, so option '--set' has no meaning here", "--set")]
    [InlineData("export unet --names same -o out.onnx", "there is no --weights, so option '--names' has no meaning here", "--names")]
    [InlineData("export run --weights in.pt -o out.onnx", "'run' is no network by name: its file says network and weights, so option '--weights' has no meaning here", "--weights")]
    [InlineData("run unet --trust --input x.npy -o y.npy", "'unet' is a network by name, so option '--trust' has no meaning here", "--trust")]
    public void An_option_that_would_not_be_used_is_refused(string request, string message, string option)
    {
        var result = CliRunner.Run(["network", .. request.Split(' ')]);

        Assert.Equal((2, $"error: {message}\nfix: leave {option} out\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public void A_case_of_which_nothing_can_be_compared_does_not_pass()
    {
        var copy = Copy();
        foreach (var file in Directory.EnumerateFiles(copy).Where(f => Path.GetFileName(f) is not ("case.json" or "weights.pt" or "input_x.npy")))
        {
            File.Delete(file);
        }

        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(copy, "case.json")))!.AsObject();
        json.Remove("gradient");                                             // its numbers stand in case.json
        File.WriteAllText(Path.Combine(copy, "case.json"), json.ToJsonString());

        var result = CliRunner.Run("network", "verify", copy, "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("nothing was compared: none of the files that it names is there", (string)result.Json["cases"]![0]!["note"]!);
    }

    [Fact]
    public void Verify_of_an_original_that_it_does_not_know_lists_those_that_it_does()
    {
        var copy = Copy();
        var file = Path.Combine(copy, "case.json");
        var json = JsonNode.Parse(File.ReadAllText(file))!;
        json["original"]!["repository"] = "somebody/else";
        File.WriteAllText(file, json.ToJsonString());

        var result = CliRunner.Run("network", "verify", copy);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("no network here stands in for 'somebody/else UNet'; known: ", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--names", "jvanvugt")]
    [InlineData]
    public void Run_writes_the_originals_output_whether_its_names_are_said_or_found_out(params string[] named)
    {
        var output = Path.Combine(_folder, "y.npy");

        var result = CliRunner.Run(["network", "run", "unet2015", .. named, .. Options, .. Files(output)]);

        Assert.Equal(0, result.ExitCode);
        var ours = Npy.Read(output);
        var theirs = Npy.Read(ParityCases.Require(Case, "output_eval_0.npy"));
        Assert.Equal(theirs.Shape, ours.Shape);
        Assert.Equal(Floats(theirs), Floats(ours), (a, b) => Math.Abs(a - b) <= 5.5e-5 + (1e-4 * Math.Abs(a)));
    }

    [Fact]
    public void Run_with_a_checkpoint_of_another_network_names_the_first_key_and_writes_nothing()
    {
        var output = Path.Combine(_folder, "y.npy");

        var result = CliRunner.Run(["network", "run", "unet2015", "--names", "jvanvugt", "--set", "network.base=8", "--set", "network.depth=2", .. Files(output)]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("weights.pt' holds another network: 26 differently shaped keys: 'down_path.0.block.0.weight' is [4,3,3,3] there and [8,1,3,3] here, ", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void Run_with_a_checkpoint_of_another_network_lists_every_key_for_programs()
    {
        var result = CliRunner.Run(["network", "run", "unet2015", "--set", "network.base=8", "--set", "network.depth=2", "--json", .. Files(Path.Combine(_folder, "y.npy"))]);

        Assert.Equal(3, result.ExitCode);
        Assert.Equal(26, result.Json["details"]!["differentKeys"]!.AsArray().Count);
        Assert.Empty(result.Json["details"]!["missingKeys"]!.AsArray());
    }

    [Fact]
    public void Convert_goes_to_our_names_and_safetensors_and_back_to_the_same_file()
    {
        var weights = ParityCases.Require(Case, "weights.pt");
        var (ours, theirs) = (Path.Combine(_folder, "ours.safetensors"), Path.Combine(_folder, "theirs.pt"));

        var there = CliRunner.Run(["network", "convert", weights, ours, "--network", "unet2015", .. Options, "--json"]);
        var back = CliRunner.Run(["network", "convert", ours, theirs, "--network", "unet2015", .. Options, "--to", "jvanvugt", "--json"]);
        var again = CliRunner.Run(["network", "convert", ours, theirs, "--network", "unet2015", .. Options]);

        Assert.Equal(("jvanvugt", "same"), ((string)there.Json["from"]!, (string)there.Json["to"]!));
        Assert.Equal(("same", "jvanvugt"), ((string)back.Json["from"]!, (string)back.Json["to"]!));
        Assert.Contains("down.0.conv1.weight", Checkpoint.Read(ours).Tensors.Keys);
        var (before, after) = (Checkpoint.Read(weights).Tensors, Checkpoint.Read(theirs).Tensors);
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        Assert.All(before, t => Assert.True(t.Value.Bytes.Span.SequenceEqual(after[t.Key].Bytes.Span), t.Key));
        Assert.Equal(Required("network-convert"), there.Json.AsObject().Select(p => p.Key));
        Assert.Equal($"error: '{theirs}' is there already\nfix: --overwrite replaces it\n", again.Error);
    }

    [Fact]
    public void List_names_tells_the_origins_and_their_networks()
    {
        var origins = CliRunner.Run("network", "list", "--names", "--json").Json["origins"]!.AsArray();

        Assert.Equal("[\"unet\",\"milesial\"]", origins.Single(o => (string)o!["name"]! == "milesial")!["networks"]!.ToJsonString());
        var resnet = origins.Single(o => (string)o!["name"]! == "torchvision-resnet")!;
        Assert.Equal(("[\"encoder-unet\"]", "imagenet"), (resnet["encoders"]!.ToJsonString(), (string)resnet["input"]!));
        Assert.Equal(Required("network-list-names", "properties", "origins", "items"), resnet.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void Encoders_and_pieces_have_a_summary_a_drawing_and_their_place_in_the_list()
    {
        var listed = CliRunner.Run("network", "list", "--json").Json["parts"]!.AsArray().ToDictionary(p => (string)p!["name"]!, p => (long)p!["parameters"]!);
        var summary = CliRunner.Run("network", "summary", "upsample-demo", "--input", "8x2x3", "--set", "network.base=32", "--json").Json;
        var drawing = Path.Combine(_folder, "vgg16.svg");
        var graph = CliRunner.Run("network", "graph", "vgg16", "-o", drawing);

        Assert.Equal((138_357_544, 25_557_032, 6_292_961), (listed["vgg16"], listed["resnet50"], listed["upsample-demo"]));
        Assert.Equal(("[1,8,2,3]", "[1,1,128,192]"), (summary["input"]!.ToJsonString(), summary["output"]!.ToJsonString()));
        Assert.Equal(0, graph.ExitCode);
        Assert.Contains("1000 × 1×1", File.ReadAllText(drawing), StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_counts_what_the_contract_shows()
    {
        var result = CliRunner.Run("network", "summary", "unet", "--input", "1x256x256", "--set", "network.base=8", "--json");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(487_145, (long)result.Json["parameters"]!);
        Assert.Equal("[1,1,256,256]", result.Json["output"]!.ToJsonString());
        Assert.Equal("down.0.conv1", (string)result.Json["layers"]![0]!["name"]!);
    }

    [Theory]
    [InlineData(2, "error: unknown network 'unte'; known: unet, ", "summary", "unte")]
    [InlineData(2, "error: unknown key 'network.bass'; known: network.base, ", "summary", "unet", "--set", "network.bass=8")]
    [InlineData(2, "error: network.depth is 0; it must be 1 to 8", "summary", "unet", "--set", "network.depth=0")]
    [InlineData(2, "error: network.name is \"vnet\", but the network is 'unet'", "summary", "unet", "--set", "network.name=vnet")]
    [InlineData(2, "error: network.classes is 100000000; it must be 1 to 65536", "summary", "unet", "--set", "network.classes=100000000")]
    [InlineData(2, "error: option '--input' is '256x256'; it must be CxHxW or CxDxHxW, such as 1x256x256", "summary", "unet", "--input", "256x256")]
    [InlineData(3, "error: a side of 512 does not fit this network: 512 → ", "graph", "unet2015", "--input", "1x512x512", "--output", "never.svg")]
    [InlineData(3, "error: there is no 'nowhere/at/all'", "verify", "nowhere/at/all")]
    public void A_wrong_word_or_size_is_refused_in_one_sentence(int exitCode, string error, params string[] args)
    {
        var result = CliRunner.Run(["network", .. args]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
        Assert.Equal("", result.Out);
        Assert.False(File.Exists("never.svg"));
    }

    [Fact]
    public void Graph_draws_the_u()
    {
        var file = Path.Combine(_folder, "u.svg");

        var result = CliRunner.Run("network", "graph", "unet", "--set", "network.base=8", "--output", file);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("U-Net, base 8, depth 4", File.ReadAllText(file), StringComparison.Ordinal);
    }

    // What the schema promises, in its order.
    private static IEnumerable<string> Required(string schema, params string[] path)
    {
        var here = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "json", schema + ".schema.json")))!;
        foreach (var key in path)
        {
            here = here[key]!;
        }

        return here["required"]!.AsArray().Select(k => (string)k!);
    }

    private static string[] Files(string output) =>
        ["--weights", ParityCases.Require(Case, "weights.pt"), "--input", ParityCases.Require(Case, "input_x.npy"), "--output", output];

    private static float[] Floats(TensorData data) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(data.Bytes.Span).ToArray();

    private string Copy()
    {
        var to = Path.Combine(_folder, "case");
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(ParityCases.Require(Case)))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }

        return to;
    }
}
