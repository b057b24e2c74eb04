using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>One array of ours beside the original's.</summary>
/// <param name="What">"eval 0", "gradient input:x", "buffer inc.double_conv.1.running_mean".</param>
/// <param name="Largest">The largest absolute difference; null when it was skipped or the shapes differ.</param>
/// <param name="Tolerance">In words: "1.8e-05 + 1e-04·|b|".</param>
/// <param name="Share">The worst element's difference as a share of what is allowed there; over 1 fails.</param>
/// <param name="Note">Why it was skipped, or why it fails without a number; null otherwise.</param>
/// <param name="Skipped">Whether there was nothing to compare with.</param>
public sealed record Comparison(string What, double? Largest, string Tolerance, double? Share, string? Note = null, bool Skipped = false)
{
    /// <summary>Within the tolerance; null when skipped.</summary>
    public bool? Passed => Skipped ? null : Note is null && Share <= 1;

    /// <summary>Nothing to compare with.</summary>
    public static Comparison Skip(string what, string file) => new(what, null, "", null, $"skipped: {file}", Skipped: true);

    /// <summary>It fails without a number.</summary>
    public static Comparison Fail(string what, string why) => new(what, null, "", null, why);

    /// <summary>Element by element: |ours − theirs| ≤ absolute + relative · |theirs|.</summary>
    public static Comparison Of(string what, Tensor ours, TensorData theirs, double absolute, double relative) =>
        Compare(what, ours, theirs, _ => absolute, relative, relative > 0 ? $"{absolute:0.##e-00} + {relative:0.##e-00}·|b|" : $"{absolute:0.##e-00}");

    /// <summary>Against the largest value of the original's array: |ours − theirs| ≤ absolute + relative · max |theirs|.</summary>
    public static Comparison OfGradient(string what, Tensor ours, TensorData theirs, double absolute, double relative) =>
        Compare(what, ours, theirs, values => absolute + (relative * values.Select(Math.Abs).DefaultIfEmpty().Max()), 0, $"{absolute:0.##e-00} + {relative:0.##e-00}·max|b|");

    /// <summary>One number.</summary>
    public static Comparison Of(string what, double ours, double theirs, double absolute, double relative)
    {
        var difference = Math.Abs(ours - theirs);
        return new(what, difference, $"{absolute:0.##e-00} + {relative:0.##e-00}·|b|", difference / (absolute + (relative * Math.Abs(theirs))));
    }

    private static Comparison Compare(string what, Tensor ours, TensorData theirs, Func<double[], double> absolute, double relative, string words)
    {
        if (!ours.Shape.SequenceEqual(theirs.Shape))
        {
            return Fail(what, $"shape [{string.Join(',', ours.Shape)}], the original's [{string.Join(',', theirs.Shape)}]");
        }

        using var scope = new TensorScope();
        var a = ours.Detach().To(DType.Float64).ToArray<double>();
        var b = Tensor.From(theirs).To(DType.Float64).ToArray<double>();
        var floor = absolute(b);
        double largest = 0, share = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = a[i] == b[i] ? 0 : Math.Abs(a[i] - b[i]);          // equal infinities differ by nothing
            if (double.IsNaN(difference))
            {
                return Fail(what, $"element {i} is {a[i]}, the original's {b[i]}");
            }

            largest = Math.Max(largest, difference);
            if (difference > 0)
            {
                share = Math.Max(share, difference / (floor + (relative * Math.Abs(b[i]))));
            }
        }

        return new(what, largest, words, share);
    }
}
