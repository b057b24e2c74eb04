using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Networks.Parts;
using SegSharp.Testing;
using SegSharp.Torch;
using SegSharp.Torch.Checkpoints;
using SegSharp.Torch.Layers;
using Xunit;

namespace SegSharp.ParityTests.Networks;

[Collection("native")]
public sealed class NetworkParityTests
{
    // Rooms of originals that the table knows; a new case in one of them needs no new test. A foreign root may name its rooms otherwise.
    private static readonly string[] Rooms = ["01-unet", "02-unet2015", "03-fcn", "04-dynamic-networks", "05-variants", "07-sam"];

    public static TheoryData<string> Cases => [.. Rooms.SelectMany(ParityCases.Folders).Union(ParityCases.IsForeign ? ParityCases.Folders("").Where(HasOutputs) : [])];

    public static TheoryData<string> KeyLists => [.. (ParityCases.IsForeign ? [""] : Rooms)
        .Select(f => Path.Combine(ParityCases.Root, f)).Where(Directory.Exists)
        .SelectMany(f => Directory.EnumerateFiles(f, "*-keys.json", SearchOption.AllDirectories))
        .Select(f => Path.GetRelativePath(ParityCases.Root, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void Outputs_buffers_and_gradients_are_the_originals(string folder)
    {
        var report = Verification.CheckCase(ParityCases.Require(folder));

        Passed(report);
        Assert.Contains(report.Comparisons, c => c.What.StartsWith("eval", StringComparison.Ordinal) && c.Passed == true);
        if (HasGradients(folder))
        {
            Assert.Contains(report.Comparisons, c => c.What.StartsWith("gradient param", StringComparison.Ordinal) && c.Passed == true);
        }
    }

    // Originals that scripts/networks.py writes by hand, since no recording of them is at hand.
    public static TheoryData<string> OwnCases => [.. Directory.EnumerateDirectories(Path.Combine(ParityCases.Own, "networks")).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(OwnCases))]
    public void Outputs_buffers_and_gradients_are_those_of_networks_written_by_hand_in_PyTorch(string name)
    {
        var folder = Path.Combine(ParityCases.Own, "networks", name);
        var report = Verification.CheckCase(folder);

        Assert.True(report.Outcome == CaseOutcome.Passed, Describe(report));
        Assert.Contains(report.Comparisons, c => c.What.StartsWith("gradient param", StringComparison.Ordinal) && c.Passed == true);
        Assert.DoesNotContain(report.Comparisons, c => c.Passed is null);
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Cases))]
    public void The_direct_convolution_holds_too(string folder)
    {
        var before = TorchRuntime.Switch("winograd");
        TorchRuntime.SetSwitch("winograd", 0);
        try
        {
            Passed(Verification.CheckCase(ParityCases.Require(folder)));
        }
        finally
        {
            TorchRuntime.SetSwitch("winograd", before);
        }
    }

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(KeyLists))]
    public void Names_and_shapes_at_full_width_are_the_originals(string file)
    {
        Passed(Verification.CheckKeys(ParityCases.Require(file)));
    }

    [Fact]
    public void VGG16_has_torchvisions_layers_in_torchvisions_places()
    {
        var json = JsonInput.Parse(File.ReadAllText(ParityCases.Require("03-fcn", "torchvision-vgg16-layers.json")), "layers");
        using var shapesOnly = Initialise.Skip();
        using var vgg = new Vgg(new Vgg16Options());

        foreach (var part in new[] { "features", "classifier" })
        {
            var theirs = json[part]!.AsArray().Select(l => (l![0]!.ToString(), l[1]!.ToString()));
            var ours = vgg.NamedChildren.Single(c => c.Name == part).Module.NamedChildren.Select(c => (c.Name, Words(c.Module)));
            Assert.Equal(theirs, ours);
        }

        static string Words(Module layer) => layer switch
        {
            Conv c => $"Conv2d({c.Weight.Size(1)}, {c.Weight.Size(0)}, kernel_size=({c.Kernel[0]}, {c.Kernel[1]}), stride=({c.Stride[0]}, {c.Stride[1]}), padding=({c.Padding[0]}, {c.Padding[1]}))",
            MaxPool p => $"MaxPool2d(kernel_size={p.Kernel}, stride={p.Stride}, padding={p.Padding}, dilation=1, ceil_mode={p.Ceil})",
            Linear l => $"Linear(in_features={l.Weight.Size(1)}, out_features={l.Weight.Size(0)}, bias={l.Bias is not null})",
            Relu => "ReLU(inplace=True)",
            Dropout => "Dropout(p=0.5, inplace=False)",
            _ => layer.GetType().Name,
        };
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(8, 1)]
    [InlineData(64, 1)]
    [InlineData(4, 2)]
    [InlineData(16, 2)]
    public void Enlarging_layers_start_as_the_originals_bilinear_kernels(int kernel, int classes)
    {
        using var scope = new TensorScope();
        var theirs = Npy.Read(ParityCases.Require("03-fcn", $"bilinear_k{kernel}_c{classes}.npy"));
        var ours = Tensor.Uniform(theirs.Shape);

        Initialise.Bilinear(ours);

        Assert.True(Comparison.Of("bilinear", ours, theirs, 1e-7, 0).Passed, $"{Comparison.Of("bilinear", ours, theirs, 1e-7, 0)}");
    }

    [Fact]
    public void Cases_are_found_however_deep()
    {
        var reports = Verification.Check([ParityCases.Require("07-sam")]).Where(r => r.Outcome != CaseOutcome.Ignored).Select(r => Path.GetRelativePath(ParityCases.Root, r.Path).Replace('\\', '/')).ToList();

        Assert.Equal(ParityCases.Folders("07-sam").Concat(KeyLists.Select(k => k.Data).Where(k => k.StartsWith("07-sam", StringComparison.Ordinal))).Order(StringComparer.Ordinal), reports.Order(StringComparer.Ordinal));
    }

    private static bool HasOutputs(string folder) =>
        File.ReadAllText(Path.Combine(ParityCases.Root, folder, "case.json")).Contains("\"outputs_eval\"", StringComparison.Ordinal);

    // Preprocessing around another case's weights, and SAM-Med3D's prompt encoder, were recorded without gradients.
    private static bool HasGradients(string folder) =>
        File.ReadAllText(Path.Combine(ParityCases.Require(folder), "case.json")).Contains("\"gradient", StringComparison.Ordinal);

    // A foreign root may hold networks that are not ours yet; in this repository every case is of one that is.
    private static void Passed(CaseReport report)
    {
        Assert.SkipWhen(ParityCases.IsForeign && report.Outcome == CaseOutcome.Unknown, report.Note ?? "");
        Assert.True(report.Outcome == CaseOutcome.Passed, Describe(report));
    }

    private static string Describe(CaseReport report) =>
        $"{report.Path}: {report.Note}\n{string.Join('\n', report.Comparisons.Where(c => c.Passed == false))}";
}
