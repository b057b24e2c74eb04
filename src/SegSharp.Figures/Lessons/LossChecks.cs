using SegSharp.Losses;
using SegSharp.Torch;
using SegSharp.Torch.Layers;
using SegSharp.Torch.Optimizers;

namespace SegSharp.Figures.Lessons;

/// <summary>Puts a student's formulas and loops to the test, beside the library's own.</summary>
internal static class LossChecks
{
    public static IEnumerable<Verdict> Losses(StudentCode code)
    {
        // The four pixels of the lesson, and a hundred drawn ones.
        TorchRuntime.Seed(1);
        using var scope = new TensorScope();
        float[] many = Tensor.Normal([100], deviation: 2).ToArray<float>();
        foreach (var (name, z, t) in new[] { ("four pixels", Facts.Logits.ToArray(), Facts.Truth.ToArray()), ("a hundred pixels", many, [.. many.Select((_, i) => i % 3 == 0 ? 1L : 0)]) })
        {
            double[] logits = [.. z.Select(x => (double)x)], truth = [.. t.Select(x => (double)x)];
            double Ours(LossOptions o) => LossCatalogue.All.GetByOptions(o.GetType()).Build(o).Compute(Tensor.From(z, 1, 1, 1, z.Length), Tensor.From(t, 1, 1, t.Length)).Item();
            yield return Same($"cross-entropy, {name}", code.CallStatic("Losses", "BinaryCrossEntropy", logits, truth, 1.0), Ours(new BinaryCrossEntropyOptions()));
            yield return Same($"cross-entropy with weight 9, {name}", code.CallStatic("Losses", "BinaryCrossEntropy", logits, truth, 9.0), Ours(new BinaryCrossEntropyOptions { PositiveWeight = 9 }));
            yield return Same($"Dice, {name}", code.CallStatic("Losses", "Dice", logits, truth, 1e-6), Ours(new SoftDiceOptions { Sigmoid = true, Smooth = 1e-6 }));
            yield return Same($"focal, γ = 2, {name}", code.CallStatic("Losses", "Focal", logits, truth, 2.0), Ours(new FocalOptions { Sigmoid = true }));
        }

        yield return Same("focal with γ = 0 is cross-entropy", code.CallStatic("Losses", "Focal", Facts.Logits.Select(x => (double)x).ToArray(), Facts.Truth.Select(x => (double)x).ToArray(), 0.0), Facts.Loss(new BinaryCrossEntropyOptions()));
    }

    public static IEnumerable<Verdict> Dice(StudentCode code)
    {
        static bool[] Mask(int from, int to) => [.. Enumerable.Range(0, 30).Select(i => i >= from && i < to)];
        yield return Same("nothing shared", code.CallStatic("Overlap", "Dice", Mask(0, 10), Mask(15, 25)), 0);
        yield return Same("equal", code.CallStatic("Overlap", "Dice", Mask(3, 13), Mask(3, 13)), 1);
        yield return Same("10 and 10, sharing 5", code.CallStatic("Overlap", "Dice", Mask(0, 10), Mask(5, 15)), LectureLessons.Dice(10, 10, 5));
        yield return Same("4 inside 12", code.CallStatic("Overlap", "Dice", Mask(0, 12), Mask(4, 8)), LectureLessons.Dice(12, 4, 4));
        yield return Same("both empty", code.CallStatic("Overlap", "Dice", Mask(0, 0), Mask(0, 0)), 1);
    }

    public static IEnumerable<Verdict> Transposed(StudentCode code)
    {
        yield return SameMap("the course's map", Output(code, TransposedStudy.Course), TransposedStudy.Course);
        yield return SameMap("a kernel that is not symmetric", Output(code, TransposedStudy.Asymmetric), TransposedStudy.Asymmetric);
        TransposedStudy around = new(TransposedStudy.Asymmetric.Input, TransposedStudy.Asymmetric.Kernel, 2, 2), still = new(TransposedStudy.Asymmetric.Input, TransposedStudy.Asymmetric.Kernel, 1, 1);
        yield return SameMap("two zeros around (PyTorch's padding 0)", Output(code, around), around);
        yield return SameMap("stride 1, one zero around", Output(code, still), still);
    }

    public static IEnumerable<Verdict> TransposedProof()
    {
        foreach (var (name, study) in new[]
        {
            ("the course's map", TransposedStudy.Course), ("a kernel that is not symmetric", TransposedStudy.Asymmetric),
            ("two zeros around", new(TransposedStudy.Asymmetric.Input, TransposedStudy.Asymmetric.Kernel, 2, 2)), ("stride 3", new(TransposedStudy.Asymmetric.Input, TransposedStudy.Asymmetric.Kernel, 3, 1)),
        })
        {
            var (mine, torch) = (study.Output(), ByTorch(study));
            yield return Verdict.That(TransposedStudy.Text(mine) == TransposedStudy.Text(torch), $"{name}: interlacing and a turned kernel give what libtorch gives", $"{mine.GetLength(0)}×{mine.GetLength(1)}, torch padding {study.TorchPadding}, first row {TransposedStudy.Text(mine).Split('/')[0]}");
        }

        yield return Verdict.That(
            TransposedStudy.Text(TransposedStudy.Asymmetric.Output(turn: false)) != TransposedStudy.Text(TransposedStudy.Asymmetric.Output()) && TransposedStudy.Text(TransposedStudy.Course.Output(turn: false)) == TransposedStudy.Text(TransposedStudy.Course.Output()),
            "only a symmetric kernel hides the turn (E-03)",
            $"not turned, the first row would be {TransposedStudy.Text(TransposedStudy.Asymmetric.Output(turn: false)).Split('/')[0]}");
    }

    public static IEnumerable<Verdict> Loop(StudentCode code)
    {
        using var scope = new TensorScope();
        TorchRuntime.Seed(3);
        var batches = new[] { 8, 8, 8, 1 }.Select(n => (Image: Tensor.Normal([n, 1, 8, 8]), Truth: Tensor.Uniform([n, 8, 8]).GreaterThan(0.7).To(DType.Int64))).ToList();
        var loss = new BinaryCrossEntropy(new() { PositiveWeight = 9 });
        using var mine = Small();
        using var theirs = Small();
        theirs.Load(mine.StateData().ToDictionary(s => s.Name, s => s.Value), "the check's network");
        theirs.Evaluate();
        var (mean, unweighted) = Epoch(mine, batches, loss);
        using var optimizer = new Adam(theirs.Parameters(), new AdamOptions { LearningRate = 1e-2 });
        var seen = 0;
        var given = code.CallStatic("Training", "Epoch", theirs, batches, optimizer, (Func<Tensor, Tensor, Tensor>)((z, t) =>
        {
            seen++;
            return loss.Compute(z, t);
        }));

        yield return Verdict.That(seen == 4, "every batch is seen once", $"the loss was asked {seen} times for 4 batches");
        yield return Verdict.That(theirs.IsTraining, "training mode", theirs.IsTraining ? "switched on" : "the network is still in evaluation mode: network.Train()");
        yield return Verdict.That(optimizer.Steps == 4, "a step per batch", $"{optimizer.Steps} steps");
        var found = given as double? ?? double.NaN;
        yield return Verdict.That(Math.Abs(found - mean) <= 1e-5, "the mean loss of all pictures",
            Math.Abs(found - mean) <= 1e-5 ? $"{found:0.#####}"
            : Math.Abs(found - unweighted) <= 1e-5 ? $"{found:0.#####} is the mean of the batches' means: the last batch has one picture and counts as much as eight; weigh by the batch size"
            : Math.Abs(found - (mean * 25)) <= 1e-3 ? $"{found:0.#####} is the sum: divide by the number of pictures"
            : $"{found:0.#####} is not it");
        var apart = mine.Parameters().Zip(theirs.Parameters()).Max(p => (p.First - p.Second).Abs().Max().Item());
        yield return Verdict.That(apart <= 1e-5, "the weights after the epoch", apart <= 1e-5 ? "as they should be" : $"{apart:0.####} apart from what four clean steps give: clear the gradients before every backward, then step once");
    }

    // A small network with a normalisation, so that training mode matters.
    private static Sequential Small()
    {
        TorchRuntime.Seed(4);
        return new(new Conv(2, 1, 4), new BatchNorm(4), new Relu(), new Conv(2, 4, 1, kernel: 1));
    }

    private static (double Mean, double OfBatches) Epoch(Sequential network, IReadOnlyList<(Tensor Image, Tensor Truth)> batches, BinaryCrossEntropy loss)
    {
        using var optimizer = new Adam(network.Parameters(), new AdamOptions { LearningRate = 1e-2 });
        var means = new List<(double Loss, long Pictures)>();
        network.Train();
        foreach (var (image, truth) in batches)
        {
            using var scope = new TensorScope();
            optimizer.ClearGradients();
            var value = loss.Compute(network.Forward(image), truth);
            value.Backward();
            optimizer.Step();
            means.Add((value.Item(), image.Size(0)));
        }

        return (means.Sum(m => m.Loss * m.Pictures) / means.Sum(m => m.Pictures), means.Average(m => m.Loss));
    }

    private static int[,] Output(StudentCode code, TransposedStudy s) => (int[,])code.CallStatic("Transposed", "Output", s.Input, s.Kernel, s.Stride, s.Around)!;

    private static Verdict SameMap(string what, int[,] found, TransposedStudy study)
    {
        var expected = study.Output();
        var size = $"{found.GetLength(0)}×{found.GetLength(1)}";
        var text = TransposedStudy.Text(found);
        return Verdict.That(text == TransposedStudy.Text(expected), what,
            text == TransposedStudy.Text(expected) ? size
            : size != $"{expected.GetLength(0)}×{expected.GetLength(1)}" ? $"{size}, expected {expected.GetLength(0)}×{expected.GetLength(1)}"
            : text == TransposedStudy.Text(study.Output(turn: false)) ? "the kernel was not turned by 180° (E-03)"
            : "the size is right, the numbers are not");
    }

    private static int[,] ByTorch(TransposedStudy s)
    {
        using var scope = new TensorScope();
        static Tensor Of(int[,] map) => Tensor.From(map.Cast<int>().Select(v => (float)v).ToArray(), 1, 1, map.GetLength(0), map.GetLength(1));
        var (p, around) = (s.TorchPadding, Of(s.Input));
        var y = Torch.Operators.Convolution.ConvTranspose(around, Of(s.Kernel), null, [s.Stride, s.Stride], [p, p], [0, 0], 1);
        var (values, width) = (y.ToArray<float>(), (int)y.Size(3));
        var map = new int[y.Size(2), width];
        for (var i = 0; i < values.Length; i++)
        {
            map[i / width, i % width] = (int)Math.Round(values[i]);
        }

        return map;
    }

    private static Verdict Same(string what, object? found, double expected) => found is not double x ? new(false, what, "no number came back")
        : Verdict.That(Math.Abs(x - expected) <= 1e-4 * Math.Max(1, Math.Abs(expected)), what, Math.Abs(x - expected) <= 1e-4 * Math.Max(1, Math.Abs(expected)) ? $"{x:0.####}" : double.IsNaN(x) ? "NaN" : $"{x:0.####} is {(x > expected ? "too large" : "too small")}");
}
