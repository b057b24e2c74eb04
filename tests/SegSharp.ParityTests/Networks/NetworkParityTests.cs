using SegSharp.Networks;
using SegSharp.Testing;
using SegSharp.Torch;
using Xunit;

namespace SegSharp.ParityTests.Networks;

[Collection("native")]
public sealed class NetworkParityTests
{
    // Rooms of originals that the table knows; a new case in one of them needs no new test.
    private static readonly string[] Rooms = ["01-unet", "02-unet2015", "03-fcn", "04-dynamic-networks", "05-variants", "07-sam"];

    public static TheoryData<string> Cases => [.. Rooms.SelectMany(ParityCases.Folders)];

    public static TheoryData<string> KeyLists => [.. Rooms
        .Select(f => Path.Combine(ParityCases.Root, f)).Where(Directory.Exists)
        .SelectMany(f => Directory.EnumerateFiles(f, "*-keys.json"))
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
