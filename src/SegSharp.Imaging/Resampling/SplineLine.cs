namespace SegSharp.Imaging.Resampling;

/// <summary>One line of a spline: its coefficients, its weights, and what lies beyond its ends.</summary>
/// <remarks>
/// Source: Unser, Aldroubi and Eden 1991, "Fast B-spline transforms"; the recursive filter and its starts for each border as
/// scipy.ndimage 1.10 has them. Parity: scipy 1.10.1, within 1e-9.
/// </remarks>
internal static class SplineLine
{
    // The pole of the cubic B-spline, sqrt(3) - 2.
    private const double Pole = -0.267949192431122706472553658494127633;

    // Lines that go on with a fixed or the outermost value have no closed start for the filter: they are made longer by this much.
    private const int LongerBy = 12;

    /// <summary>By how many values each end of a line is made longer before it is filtered.</summary>
    public static int Padding(Interpolation order, Border border) =>
        order == Interpolation.Cubic && border is (Border.Nearest or Border.GridConstant) ? LongerBy : 0;

    /// <summary>Values become coefficients of the cubic B-spline through them, in place.</summary>
    public static void Filter(Span<double> line, Border border)
    {
        var n = line.Length;
        if (n < 2)
        {
            return;
        }

        const double gain = (1 - Pole) * (1 - (1 / Pole));
        for (var i = 0; i < n; i++)
        {
            line[i] *= gain;
        }

        StartForwards(line, border);
        for (var i = 1; i < n; i++)
        {
            line[i] += Pole * line[i - 1];
        }

        StartBackwards(line, border);
        for (var i = n - 2; i >= 0; i--)
        {
            line[i] = Pole * (line[i + 1] - line[i]);
        }
    }

    /// <summary>The first voxel that has a weight at this position, and the weights of it and those that follow.</summary>
    /// <param name="position">In voxels.</param>
    /// <param name="order">Gives the number of weights: 1, 2 or 4.</param>
    /// <param name="weights">At least that long.</param>
    public static int Weights(double position, Interpolation order, Span<double> weights)
    {
        if (order == Interpolation.Nearest)
        {
            weights[0] = 1;
            return (int)Math.Floor(position + 0.5);
        }

        var first = (int)Math.Floor(position);
        var x = position - first;
        if (order == Interpolation.Linear)
        {
            weights[0] = 1 - x;
            weights[1] = 1 - weights[0];
            return first;
        }

        var z = 1 - x;
        weights[0] = z * z * z / 6;
        weights[1] = ((x * x * (x - 2) * 3) + 4) / 6;
        weights[2] = ((z * z * (z - 2) * 3) + 4) / 6;
        weights[3] = 1 - weights[0] - weights[1] - weights[2];
        return first - 1;
    }

    /// <summary>How many weights an order has.</summary>
    public static int Taps(Interpolation order) => order switch
    {
        Interpolation.Nearest => 1,
        Interpolation.Linear => 2,
        _ => 4,
    };

    /// <summary>The position inside a line of <paramref name="length"/> voxels that stands for this one; −1 where the fixed value does.</summary>
    public static double Inside(double position, int length, Border border)
    {
        if ((position >= 0 && position <= length - 1) || border == Border.GridConstant)
        {
            return position;
        }

        if (border == Border.Constant)
        {
            return -1;
        }

        if (border == Border.Nearest || length <= 1)
        {
            return position < 0 || length <= 1 ? 0 : length - 1;
        }

        if (border == Border.Wrap)
        {
            return position < 0
                ? position + (length * ((long)((-1 - position) / length) + 1))
                : position - (length * (long)(position / length));
        }

        if (border == Border.Mirror)
        {
            var period = (2L * length) - 2;
            if (position < 0)
            {
                position += period * (long)(-position / period);
                return position <= 1 - length ? position + period : -position;
            }

            position -= period * (long)(position / period);
            return position >= length ? period - position : position;
        }

        var twice = 2L * length;
        if (position < 0)
        {
            position = position < -twice ? (twice * (long)(-position / twice)) + position : position;
            return position < -length ? position + twice : position > -1e-15 ? 1e-15 : -position - 1;
        }

        position -= twice * (long)(position / twice);
        return position >= length ? twice - position - 1 : position;
    }

    /// <summary>The voxel inside that stands for voxel <paramref name="index"/>; −1 where the fixed value does.</summary>
    public static int Inside(int index, int length, Border border)
    {
        if (index >= 0 && index < length)
        {
            return index;
        }

        if (border == Border.GridConstant)
        {
            return -1;
        }

        // A position inside the grid reaches beyond it by its neighbours only: with a fixed value outside, they are mirrored.
        return (int)Inside((double)index, length, border == Border.Constant ? Border.Mirror : border);
    }

    private static void StartForwards(Span<double> line, Border border)
    {
        var n = line.Length;
        var power = Pole;
        if (border == Border.Wrap)
        {
            for (var i = 1; i < n; i++, power *= Pole)
            {
                line[0] += power * line[n - i];
            }

            line[0] /= 1 - power;
            return;
        }

        if (border is Border.Nearest or Border.Reflect)
        {
            var (whole, start) = (Math.Pow(Pole, n), line[0]);
            line[0] += whole * line[n - 1];
            for (var i = 1; i < n; i++, power *= Pole)
            {
                line[0] += power * (line[i] + (whole * line[n - 1 - i]));
            }

            line[0] = (line[0] * Pole / (1 - (whole * whole))) + start;
            return;
        }

        var last = Math.Pow(Pole, n - 1);
        line[0] += last * line[n - 1];
        for (var i = 1; i < n - 1; i++, power *= Pole)
        {
            line[0] += power * (line[i] + (last * line[n - 1 - i]));
        }

        line[0] /= 1 - (last * last);
    }

    private static void StartBackwards(Span<double> line, Border border)
    {
        var n = line.Length;
        if (border == Border.Wrap)
        {
            var power = Pole;
            for (var i = 0; i < n - 1; i++, power *= Pole)
            {
                line[n - 1] += power * line[i];
            }

            line[n - 1] *= Pole / (power - 1);
        }
        else if (border is Border.Nearest or Border.Reflect)
        {
            line[n - 1] *= Pole / (Pole - 1);
        }
        else
        {
            line[n - 1] = ((Pole * line[n - 2]) + line[n - 1]) * Pole / ((Pole * Pole) - 1);
        }
    }
}
