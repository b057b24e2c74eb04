namespace SegSharp.Export;

/// <summary>Finds how a number that differs between recordings follows from the sides of tensors.</summary>
/// <remarks>A find is a guess that fits every recording; <see cref="SymbolicGraph"/> proves it by computing at sizes that were not recorded.</remarks>
internal sealed class SizeSearch
{
    private static readonly long[] Multiples = [2, 4, 8, 16, 32, 64, 128, 256, 3, 6, 12, 24, 48];

    // One side for every distinct row of values; those of the image come first.
    private readonly List<(long[] Values, Size.Side Side)> _sides = [];
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Takes up the sides of a tensor.</summary>
    public void Add(SymbolicValue value)
    {
        for (var axis = 0; axis < value.Shapes[0].Count; axis++)
        {
            long[] values = [.. value.Shapes.Select(s => s[axis])];
            if (values.Any(v => v != values[0]) && _known.Add(string.Join(',', values)))
            {
                _sides.Add((values, new Size.Side(value, axis)));
            }
        }
    }

    /// <summary>The simplest expression with these values; null when none is found. What needs large numbers to agree comes first: it fits less often by accident.</summary>
    /// <param name="values">One per recording.</param>
    public Size? Find(long[] values) =>
        values.All(v => v == values[0]) ? new Size.Fixed(values[0])
        : Equal(values) ?? Affine(values) ?? Difference(values) ?? Missing(values) ?? Divided(values) ?? Product(values);

    private Size.Side? Equal(long[] values) => _sides.Find(s => s.Values.AsSpan().SequenceEqual(values)).Side;

    private Size.Affine? Affine(long[] values)
    {
        foreach (var (side, of) in _sides)
        {
            var other = Array.FindIndex(side, s => s != side[0]);
            var (rise, run) = (values[other] - values[0], side[other] - side[0]);
            var factor = rise / run;
            var offset = values[0] - (factor * side[0]);
            if (rise % run == 0 && factor is >= 1 and <= 64 && Fits(values, side, s => (factor * s) + offset))
            {
                return new Size.Affine(of, factor, offset);
            }
        }

        return null;
    }

    private Size.Affine? Divided(long[] values)
    {
        foreach (var (side, of) in _sides)
        {
            foreach (var divisor in Multiples)
            {
                for (var offset = 0; offset < divisor; offset++)
                {
                    if (Fits(values, side, s => (s + offset) / divisor))
                    {
                        return new Size.Affine(of, 1, offset, divisor);
                    }
                }
            }
        }

        return null;
    }

    private Size? Missing(long[] values)
    {
        foreach (var (side, of) in _sides)
        {
            foreach (var m in Multiples)
            {
                long Lack(long s) => (m - (s % m)) % m;
                var missing = new Size.Missing(of, m);
                if (Share(values, side, Lack, missing) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    private Size? Difference(long[] values)
    {
        foreach (var (first, from) in _sides)
        {
            foreach (var (second, subtract) in _sides)
            {
                long[] difference = [.. first.Zip(second, (a, b) => a - b)];
                if (from != subtract && Share(values, difference, d => d, new Size.Less(from, subtract)) is { } found)
                {
                    return found;
                }
            }
        }

        return null;
    }

    // The whole, or either half of it; an odd whole gives the larger half to one of them.
    private static Size? Share(long[] values, long[] side, Func<long, long> whole, Size expression)
    {
        var half = new Size.Affine(expression, 1, 0, 2);
        return Fits(values, side, whole) ? expression
            : Fits(values, side, s => whole(s) / 2) ? half
            : Fits(values, side, s => whole(s) - (whole(s) / 2)) ? new Size.Less(expression, half)
            : null;
    }

    private Size? Product(long[] values)
    {
        foreach (var (first, one) in _sides)
        {
            if (values.Zip(first, (v, f) => f == 0 ? 1 : v % f).Any(rest => rest != 0))
            {
                continue;
            }

            long[] rest = [.. values.Zip(first, (v, f) => v / f)];
            if (rest.All(r => r == rest[0]))
            {
                return new Size.Affine(one, rest[0], 0);
            }

            foreach (var (second, two) in _sides)
            {
                if (rest.Zip(second, (r, s) => r % s).All(r => r == 0) && rest.Zip(second, (r, s) => r / s).Distinct().ToArray() is [var factor])
                {
                    var product = new Size.Product(one, two);
                    return factor == 1 ? product : new Size.Affine(product, factor, 0);
                }
            }
        }

        return null;
    }

    private static bool Fits(long[] values, long[] side, Func<long, long> rule)
    {
        for (var i = 0; i < values.Length; i++)
        {
            if (rule(side[i]) != values[i])
            {
                return false;
            }
        }

        return true;
    }
}
