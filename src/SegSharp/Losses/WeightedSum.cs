using SegSharp.Torch;

namespace SegSharp.Losses;

/// <summary>One loss of a sum.</summary>
public sealed record TermOptions
{
    /// <summary>How much it counts.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>The loss.</summary>
    public LossOptions Loss { get; init; } = new SoftDiceOptions();
}

/// <summary>Options of <see cref="WeightedSum"/>: any losses with the same head.</summary>
public sealed record WeightedSumOptions : LossOptions
{
    /// <summary>What is added up.</summary>
    public IReadOnlyList<TermOptions> Terms { get; init; } = [new() { Loss = new SoftDiceOptions() }, new() { Loss = new CrossEntropyOptions() }];

    /// <inheritdoc/>
    public override Head Head => Terms.Count == 0 ? Head.Softmax : Terms[0].Loss.Head;

    /// <inheritdoc/>
    public override IReadOnlyList<LossOptions> Parts => [.. Terms.SelectMany(t => t.Loss.Parts)];

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check()
    {
        foreach (var fault in base.Check())
        {
            yield return fault;
        }

        if (Terms.Count == 0 || Terms.Any(t => t.Weight is not (>= 0 and < double.PositiveInfinity)) || Terms.All(t => t.Weight == 0))
        {
            yield return Fault.At("loss.terms", $"have the weights [{string.Join(", ", Terms.Select(t => t.Weight))}]; each must be 0 or more, and one above 0");
        }

        if (Terms.Select(t => t.Loss.Head).Distinct().Count() > 1)
        {
            yield return Fault.At("loss.terms", "mix losses of a sigmoid head with losses of a softmax head; set sigmoid in all or in none");
        }

        if (Parts.Count(p => p is CrossEntropyOptions { BorderWeight: > 0 } or BoundaryOptions) > 1)
        {
            yield return Fault.At("loss.terms", "need more than one map per image; at most one term may be a boundary loss or have a borderWeight");
        }

        for (var i = 0; i < Terms.Count; i++)
        {
            if (Terms[i].Loss.LevelWeights is not null)
            {
                yield return Fault.At($"loss.terms[{i}].loss.levelWeights", "are set, but all terms share those of the sum; set loss.levelWeights");
            }

            foreach (var fault in Terms[i].Loss.Check())
            {
                yield return fault with { Key = $"loss.terms[{i}].{fault.Key}" };
            }
        }
    }

    /// <inheritdoc/>
    public bool Equals(WeightedSumOptions? other) => base.Equals(other) && Terms.SequenceEqual(other!.Terms);

    /// <inheritdoc/>
    public override int GetHashCode() => Terms.Aggregate(base.GetHashCode(), HashCode.Combine);
}

/// <summary>A weighted sum of losses. What one part needs of maps, the others do not see.</summary>
/// <remarks>Source: Σ w·L, as Isensee et al. 2021 and Kervadec et al. 2019 add theirs. Parity: through the losses that it is made of.</remarks>
/// <param name="terms">Weights and losses.</param>
public sealed class WeightedSum(params IReadOnlyList<(double Weight, Loss Loss)> terms) : Loss
{
    /// <summary>A sum as a recipe asks for it. A label that the sum ignores, its parts ignore too.</summary>
    public WeightedSum(WeightedSumOptions o)
        : this([.. o.Terms.Select(t => (t.Weight, Built(t.Loss, o.Ignore)))])
    {
    }

    internal override bool TakesMaps => terms.Any(t => t.Loss.TakesMaps);

    /// <inheritdoc/>
    public override Tensor Compute(Tensor logits, Tensor target, Tensor? weights = null)
    {
        using var scope = new TensorScope();
        var map = weights is not null && weights.Dimensions == logits.Dimensions;
        return scope.Keep(terms
            .Where(t => t.Weight != 0)
            .Select(t => t.Weight * t.Loss.Compute(logits, target, map && !t.Loss.TakesMaps ? null : weights))
            .Aggregate((a, b) => a + b));
    }

    private static Loss Built(LossOptions options, int? ignore)
    {
        options = options.Ignore is null ? options with { Ignore = ignore } : options;
        return LossCatalogue.All.GetByOptions(options.GetType()).Build(options);
    }
}
