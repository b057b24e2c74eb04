using System.Globalization;

namespace SegSharp.Figures.Drawing;

/// <summary>One axis of a plot: its range, linear or logarithmic, and where its ticks stand.</summary>
public sealed record Axis
{
    private Axis(double low, double high, bool isLog, IReadOnlyList<double> ticks)
    {
        Low = low;
        High = high;
        IsLog = isLog;
        Ticks = ticks;
    }

    /// <summary>The value at the beginning.</summary>
    public double Low { get; }

    /// <summary>The value at the end.</summary>
    public double High { get; }

    /// <summary>Whether equal lengths are equal factors.</summary>
    public bool IsLog { get; }

    /// <summary>Round values within the range, ascending.</summary>
    public IReadOnlyList<double> Ticks { get; }

    /// <summary>A linear axis with ticks at 1, 2 or 5 times a power of ten.</summary>
    /// <param name="low">Smallest value to show.</param>
    /// <param name="high">Largest value to show.</param>
    /// <param name="wanted">About how many ticks.</param>
    /// <param name="widen">Whether the range grows to the next tick on each side.</param>
    public static Axis Linear(double low, double high, int wanted = 5, bool widen = true)
    {
        if (!(high > low))
        {
            var room = low == 0 ? 1 : Math.Abs(low) * 0.1;
            (low, high) = (low - room, low + room);
        }

        var step = Step((high - low) / Math.Max(wanted, 1));
        var (first, last) = ((long)Math.Floor((low / step) + 1e-9), (long)Math.Ceiling((high / step) - 1e-9));
        if (widen)
        {
            (low, high) = (first * step, last * step);
        }

        var ticks = new List<double>();
        for (var i = first; i <= last; i++)
        {
            var value = Round(i * step, step);
            if (value >= low - (1e-9 * step) && value <= high + (1e-9 * step))
            {
                ticks.Add(value);
            }
        }

        return new(low, high, false, ticks);
    }

    /// <summary>Ticks at whole numbers only: epochs, steps.</summary>
    public static Axis Whole(double low, double high, int wanted = 6)
    {
        var linear = Linear(low, high, wanted, widen: false);
        if (linear.Ticks.All(t => t == Math.Floor(t)))
        {
            return linear;
        }

        var ticks = new List<double>();
        for (var t = Math.Ceiling(low); t <= high; t++)
        {
            ticks.Add(t);
        }

        return new(linear.Low, linear.High, false, ticks);
    }

    /// <summary>A logarithmic axis with ticks at powers of ten, and at 2 and 5 times them when there are few.</summary>
    /// <param name="low">Smallest value to show, above 0.</param>
    /// <param name="high">Largest value to show.</param>
    public static Axis Log(double low, double high)
    {
        if (!(low > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(low), low, "a logarithmic axis begins above 0");
        }

        if (!(high > low))
        {
            (low, high) = (low / 2, low * 2);
        }

        // A little air, so that the extremes do not lie on the frame.
        var air = Math.Pow(high / low, 0.04);
        (low, high) = (low / air, high * air);
        foreach (double[] factors in new double[][] { [1], [1, 2, 5], [1, 1.5, 2, 3, 4, 5, 6, 8] })
        {
            var ticks = Decades(low, high).SelectMany(p => factors.Select(f => Round(f * p, p / 10))).Where(t => t >= low && t <= high).ToList();
            if (ticks.Count >= 3)
            {
                var every = (ticks.Count + 6) / 7;
                return new(low, high, true, every == 1 ? ticks : ticks.Where((_, i) => i % every == 0).ToList());
            }
        }

        var linear = Linear(low, high, 4, widen: false);
        return new(low, high, true, linear.Ticks);
    }

    /// <summary>Where a value lies: 0 at <see cref="Low"/>, 1 at <see cref="High"/>.</summary>
    public double Place(double value) => IsLog
        ? Math.Log(value / Low) / Math.Log(High / Low)
        : (value - Low) / (High - Low);

    /// <summary>A tick's text: as many decimals as the ticks need to differ.</summary>
    public string Text(double tick)
    {
        if (tick == 0)
        {
            return "0";
        }

        if (IsLog || Ticks.Count < 2)
        {
            var own = Exponent(tick);
            return own is >= -3 and < 5 ? tick.ToString("0.######", CultureInfo.InvariantCulture) : Scientific(tick, own);
        }

        // One way of writing for all ticks of the axis.
        var largest = Exponent(Math.Max(Math.Abs(Ticks[0]), Math.Abs(Ticks[^1])));
        var decimals = Math.Max(0, (int)Math.Ceiling(-Math.Log10(Ticks[1] - Ticks[0]) - 1e-9));
        return decimals <= 4 && largest < 6 ? tick.ToString("F" + decimals, CultureInfo.InvariantCulture) : Scientific(tick, largest);
    }

    private static int Exponent(double value) => (int)Math.Floor(Math.Log10(Math.Abs(value)) + 1e-9);

    private static string Scientific(double value, int exponent)
    {
        var factor = value / Math.Pow(10, exponent);
        var power = "10" + Raised(exponent);
        return Math.Abs(factor - 1) < 1e-9 ? power : $"{factor.ToString("0.##", CultureInfo.InvariantCulture)}·{power}";
    }

    private static IEnumerable<double> Decades(double low, double high)
    {
        for (var e = (int)Math.Floor(Math.Log10(low)); e <= (int)Math.Ceiling(Math.Log10(high)); e++)
        {
            yield return Math.Pow(10, e);
        }
    }

    private static double Step(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * ((rough / power) switch { <= 1.0 + 1e-9 => 1, <= 2.0 + 1e-9 => 2, <= 5.0 + 1e-9 => 5, _ => 10 });
    }

    // 3 · 0.1 is 0.30000000000000004: ticks are rounded far below their step.
    private static double Round(double value, double step)
    {
        var digits = Math.Clamp((int)Math.Ceiling(-Math.Log10(step)) + 3, 0, 15);
        return Math.Round(value, digits);
    }

    private static string Raised(int exponent) =>
        string.Concat(exponent.ToString(CultureInfo.InvariantCulture).Select(c => c == '-' ? '⁻' : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c - '0']));
}
