using SegSharp.Figures.Lessons;
using SegSharp.Foundation;
using SegSharp.Testing;
using Xunit;

namespace SegSharp.Tests.Figures.Lessons;

/// <summary>Checks of classes pass what is right and fail what students usually get wrong, with the reason.</summary>
[Collection("native")]
public sealed class StudentCodeTests : IDisposable
{
    private static readonly string Solutions = Path.Combine(Repository.Root, "tests", "SegSharp.Tests", "Figures", "Lessons", "Solutions");

    private readonly string _folder = Directory.CreateTempSubdirectory("segsharp-").FullName;

    public static TheoryData<string> WithSkeleton => [.. Course.Lessons.Where(l => l.Skeleton is not null).Select(l => l.Id)];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("N1-EX8.4", "Loop")]
    [InlineData("K0-EXTRA", "Kings")]
    [InlineData("T4-EX5", "Practical")]
    [InlineData("8.3.1-animation", "Transposed")]
    [InlineData("8.5-losses", "Losses")]
    [InlineData("L3-EX-Dice", "Dice")]
    public void A_right_solution_passes(string id, string solution)
    {
        var verdicts = Course.Get(id).Check!.Judge(id, [Path.Combine(Solutions, solution + ".cs")]);

        Assert.All(verdicts, v => Assert.True(v.Passed, $"{v.What}: {v.Reason}"));
        Assert.True(verdicts.Count >= 4, $"{verdicts.Count} verdicts");
    }

    [Fact]
    public void Right_blocks_pass_one_by_one_and_put_together()
    {
        var (code, errors) = StudentCode.Compile(Path.Combine(Solutions, "BasicUNet.cs"));
        Assert.Empty(errors);
        using (code)
        {
            foreach (var check in new Func<StudentCode, IEnumerable<Verdict>>[] { BlockChecks.Input, BlockChecks.Down, BlockChecks.Bottleneck, BlockChecks.Up, BlockChecks.Output, BlockChecks.Paths, BlockChecks.BasicUNet })
            {
                var verdicts = check(code!).ToList();

                Assert.All(verdicts, v => Assert.True(v.Passed, $"{v.What}: {v.Reason}"));
                Assert.True(verdicts.Count >= 3, $"{verdicts.Count} verdicts");
            }
        }
    }

    [Theory]
    [InlineData("8.1-UpsamplingBlock", "BasicUNet", "new DoubleConv(2 * channels, channels)", "new DoubleConv(channels, channels)", "concatenation comes first: the first convolution takes 256 channels; x and skip together have 512: concatenate before convolving (E-08b)")]
    [InlineData("N1-EX8.4", "Loop", "optimizer.ClearGradients();", "", "the weights after the epoch: ")]
    [InlineData("K0-EXTRA", "Kings", "return _up1.Forward(Join(y2, x1));", "return _relu.Forward(_up1.Forward(Join(y2, x1)));", "the same numbers as King's network with the same weights: a ReLU stands behind the logits, as in the original; leave it out (E-12)")]
    [InlineData("8.3.1-animation", "Transposed", "kernel[k - 1 - i, k - 1 - j]", "kernel[i, j]", "a kernel that is not symmetric: the kernel was not turned by 180° (E-03)")]
    public void A_usual_slip_fails_with_its_reason(string id, string solution, string right, string slip, string reason) => Slips(id, solution, right, slip, reason);

    [Theory]
    [Trait("Category", "Full")]
    [InlineData("8.1-OutputBlock", "BasicUNet", "_last.Forward(_convs.Forward(Tensor.Cat(axis: 1, x, skip)))", "_last.Forward(_convs.Forward(Tensor.Cat(axis: 1, x, skip))).Sigmoid()", "no activation at the end: every value lies between 0 and 1: a sigmoid or softmax stands at the end; the loss has it (E-06)")]
    [InlineData("N1-EX8.1", "BasicUNet", "Child(\"5\", new Relu())", "Child(\"5\", new Identity())", "ends with a ReLU: the least value is ")]
    [InlineData("N1-EX8.1", "BasicUNet", "Child(\"4\", new BatchNorm(outChannels))", "Child(\"4\", new Identity())", "parameters, 3 → 64: 38,848, 128 too few")]
    [InlineData("8.1-DownsamplingBlock", "BasicUNet", "var x = _convs.Forward(_pool.Forward(below));\n        return (x, x);", "var x = _convs.Forward(below);\n        return (_pool.Forward(x), x);", "skip: 1×128×64×64: the pooling stands last; here it stands first, so that the skip has this level's size (E-08)")]
    [InlineData("N1-EX8.2", "BasicUNet", "Enumerable.Range(0, numBlocks)", "Enumerable.Range(0, numBlocks - 1)", "number of skips: 2: blocks are counted in addition to the input block, whose output is a skip too (E-11)")]
    [InlineData("N1-EX8.3", "BasicUNet", "Fan.Out", "Fan.In", "deviation of the bottleneck's transposed convolution: ")]
    [InlineData("N1-EX8.4", "Loop", "sum / pictures", "means / batches.Count", "the mean loss of all pictures: ")]
    [InlineData("N1-EX8.4", "Loop", "network.Train();", "", "training mode: the network is still in evaluation mode: network.Train()")]
    [InlineData("K0-EXTRA", "Kings", "new AveragePool(2)", "new MaxPool(2)", "the same numbers as King's network with the same weights: ")]
    [InlineData("T4-EX5", "Practical", "new Conv(2, inChannels, filters)", "new Conv(2, inChannels, filters, padding: 0)", "skip: ")]
    [InlineData("8.5-losses", "Losses", "Math.Pow(1 - pt, gamma)", "Math.Pow(pt, gamma)", "focal, γ = 2, four pixels: ")]
    [InlineData("L3-EX-Dice", "Dice", "2.0 * both", "1.0 * both", "equal: 0.5 is too small")]
    public void Every_other_slip_fails_with_its_reason(string id, string solution, string right, string slip, string reason) => Slips(id, solution, right, slip, reason);

    private void Slips(string id, string solution, string right, string slip, string reason)
    {
        var text = File.ReadAllText(Path.Combine(Solutions, solution + ".cs"));

        Assert.Contains(right, text, StringComparison.Ordinal);
        var file = Path.Combine(_folder, "slip.cs");
        File.WriteAllText(file, text.Replace(right, slip, StringComparison.Ordinal));

        var failed = Course.Get(id).Check!.Judge(id, [file]).Where(v => !v.Passed).Select(v => $"{v.What}: {v.Reason}").ToList();

        Assert.Contains(failed, f => f.StartsWith(reason, StringComparison.Ordinal));
    }

    [Theory]
    [Trait("Category", "Full")]
    [MemberData(nameof(WithSkeleton))]
    public void A_skeleton_compiles_and_does_not_pass(string id)
    {
        var file = Path.Combine(_folder, "skeleton.cs");
        File.WriteAllText(file, Course.Get(id).Skeleton);

        var verdicts = Course.Get(id).Check!.Judge(id, [file]);

        Assert.True(verdicts[0].Passed, verdicts[0].Reason);
        Assert.Contains(verdicts, v => !v.Passed);
    }

    [Fact]
    public void An_error_of_the_compiler_is_told_with_its_line()
    {
        var file = Path.Combine(_folder, "broken.cs");
        File.WriteAllText(file, "public static class Overlap\n{\n    public static double Dice(bool[] a, bool[] b) => 1\n}\n");

        Assert.Equal([new Verdict(false, "compiles", "line 3: ; expected (CS1002)")], Course.Get("L3-EX-Dice").Check!.Judge("L3-EX-Dice", [file]));
    }

    [Fact]
    public void A_class_that_is_missing_is_named_beside_those_that_are_there()
    {
        var file = Path.Combine(_folder, "other.cs");
        File.WriteAllText(file, "public static class Overlop { }");

        var verdicts = Course.Get("L3-EX-Dice").Check!.Judge("L3-EX-Dice", [file]);

        Assert.Equal("the file has no class 'Overlap'; it has Overlop; write a class Overlap", verdicts[^1].Reason);
    }

    [Fact]
    public void A_file_that_is_not_there_is_bad_input()
    {
        var error = Assert.Throws<InputException>(() => Course.Get("T4-EX5").Check!.Judge("T4-EX5", [Path.Combine(_folder, "nowhere.cs")]));

        Assert.Equal($"there is no '{Path.Combine(_folder, "nowhere.cs")}'", error.Message);
        Assert.Equal("segsharp lesson skeleton T4-EX5 --out FILE.cs", error.Fix);
    }
}
