using SegSharp.Foundation;

namespace SegSharp.Data;

/// <summary>How cases are held back for validation.</summary>
public abstract record Validation
{
    /// <summary>How the rules are written.</summary>
    public const string Forms = "last:N, first:N, random:N, fold:K, fold:K/N, cases:A,B, all or none";

    private Validation()
    {
    }

    /// <summary>The last cases by name.</summary>
    public static Validation Last(int count) => new Range(count, FromEnd: true);

    /// <summary>The first cases by name.</summary>
    public static Validation First(int count) => new Range(count, FromEnd: false);

    /// <summary>Cases drawn with a seed.</summary>
    public static Validation Random(int count, long seed = 0) => new Drawn(count, seed);

    /// <summary>A fold of the data set's <c>splits_final.json</c>, or of nnU-Net's five where there is none.</summary>
    /// <param name="fold">From 0.</param>
    /// <param name="of">How many folds; null = as the file says, else 5.</param>
    public static Validation Fold(int fold, int? of = null) => new Folded(fold, of);

    /// <summary>These cases by name.</summary>
    public static Validation Cases(IReadOnlyList<string> names) => new Named(names);

    /// <summary>Train and validate on everything, as nnU-Net's fold "all".</summary>
    public static Validation All { get; } = new Everything();

    /// <summary>No validation.</summary>
    public static Validation None { get; } = new Range(0, FromEnd: true);

    /// <summary>A rule as it is written on the command line: <c>last:5</c>.</summary>
    /// <param name="text">One of <see cref="Forms"/>.</param>
    /// <param name="seed">Used by <c>random:N</c>.</param>
    /// <exception cref="UsageException">Not of that form.</exception>
    public static Validation Parse(string text, long seed = 0)
    {
        var (kind, value) = text.Split(':', 2) is [var left, var right] ? (left, right) : (text, "");
        var counted = int.TryParse(value, out var n) && n >= 0;
        return (kind, counted) switch
        {
            ("last", true) => Last(n),
            ("first", true) => First(n),
            ("random", true) => Random(n, seed),
            ("fold", true) => Fold(n),
            ("fold", false) when value.Split('/') is [var k, var of] && int.TryParse(k, out var fold) && int.TryParse(of, out var folds) && fold >= 0 && folds > 1
                => Fold(fold, folds),
            ("cases", _) when value.Length > 0 => Cases(value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
            ("all", _) when value.Length == 0 => All,
            ("none", _) when value.Length == 0 => None,
            _ => throw new UsageException($"validation is '{text}', expected {Forms}", "--validation last:5"),
        };
    }

    /// <summary>Divides cases.</summary>
    /// <param name="ids">Names of all cases, sorted.</param>
    /// <param name="stored">Splits of <c>splits_final.json</c>; null where there is no such file.</param>
    /// <exception cref="InputException">More is held back than there is, a name or fold does not exist, or a stored fold has a case on both sides.</exception>
    public abstract Split Of(IReadOnlyList<string> ids, IReadOnlyList<Split>? stored = null);

    private static Split Without(IReadOnlyList<string> ids, IReadOnlyCollection<string> held, string rule)
    {
        var set = held.ToHashSet(StringComparer.Ordinal);
        Split split = new([.. ids.Where(i => !set.Contains(i))], [.. ids.Where(set.Contains)]);
        return split.Training.Count > 0
            ? split
            : throw new InputException($"validation '{rule}' leaves no case to train on: the data set has {ids.Count} case(s)", "hold back fewer cases");
    }

    private sealed record Range(int Count, bool FromEnd) : Validation
    {
        public override Split Of(IReadOnlyList<string> ids, IReadOnlyList<Split>? stored = null) =>
            Without(ids, [.. FromEnd ? ids.TakeLast(Count) : ids.Take(Count)], ToString());

        public override string ToString() => Count == 0 ? "none" : $"{(FromEnd ? "last" : "first")}:{Count}";
    }

    private sealed record Drawn(int Count, long Seed) : Validation
    {
        public override Split Of(IReadOnlyList<string> ids, IReadOnlyList<Split>? stored = null) =>
            Without(ids, [.. new RandomStream(Seed).Derive("validation").Permutation(ids.Count).Take(Count).Select(i => ids[i])], ToString());

        public override string ToString() => $"random:{Count}";
    }

    private sealed record Folded(int Number, int? Folds) : Validation
    {
        public override Split Of(IReadOnlyList<string> ids, IReadOnlyList<Split>? stored = null)
        {
            var splits = Folds is null && stored is not null ? stored : Data.Folds.Of(ids, Folds ?? 5);
            if (Number < splits.Count)
            {
                var known = ids.ToHashSet(StringComparer.Ordinal);
                var missing = splits[Number].Training.Concat(splits[Number].Validation).FirstOrDefault(i => !known.Contains(i));
                const string again = "write the splits again: segsharp data split DIR --folds 5 --overwrite";
                return missing is not null ? throw new InputException($"fold {Number} in splits_final.json names case '{missing}', which the data set does not have", again)
                    : splits[Number].Shared is { } shared ? throw new InputException($"fold {Number} in splits_final.json has case '{shared}' in both train and val, so its validation would measure what was learnt", again)
                    : splits[Number];
            }

            // nnU-Net's rule for a fold beyond the file: a random 80 : 20.
            return Folds is null
                ? Data.Folds.Random80To20(ids, Number)
                : throw new InputException($"fold {Number} does not exist: there are folds 0 to {splits.Count - 1}", null);
        }

        public override string ToString() => Folds is null ? $"fold:{Number}" : $"fold:{Number}/{Folds}";
    }

    private sealed record Named(IReadOnlyList<string> Names) : Validation
    {
        public override Split Of(IReadOnlyList<string> ids, IReadOnlyList<Split>? stored = null)
        {
            foreach (var name in Names)
            {
                if (!ids.Contains(name, StringComparer.Ordinal))
                {
                    throw new InputException($"validation case '{name}' is not in the data set; known: {string.Join(", ", Nearest.Sort(name, ids).Take(8))}", null);
                }
            }

            return Without(ids, Names, ToString());
        }

        public override string ToString() => $"cases:{string.Join(",", Names)}";
    }

    private sealed record Everything : Validation
    {
        public override Split Of(IReadOnlyList<string> ids, IReadOnlyList<Split>? stored = null) => new(ids, ids);

        public override string ToString() => "all";
    }
}
