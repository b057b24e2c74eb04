using SegSharp.Data;
using SegSharp.Foundation;
using SegSharp.Imaging;
using SegSharp.Imaging.Filters;

namespace SegSharp.Augmentation;

/// <summary>Options of <see cref="RandomBiasField"/>.</summary>
public sealed record BiasFieldOptions : TransformOptions
{
    /// <summary>Probability that a sample is changed at all.</summary>
    public double Probability { get; init; } = 0.1;

    /// <summary>Largest coefficient of the polynomial to either side; 0 is an even field.</summary>
    public double Largest { get; init; } = 0.5;

    /// <summary>Order of the polynomial.</summary>
    public int Order { get; init; } = 3;

    /// <inheritdoc/>
    public override IEnumerable<Fault> Check() =>
    [
        .. CheckProbability("augmentation.bias-field.probability", Probability),
        .. CheckRange("augmentation.bias-field.largest", Largest, Largest, 0),
        .. Order is >= 0 and <= 6 ? [] : new[] { Fault.At("augmentation.bias-field.order", $"is {Order}; it must lie between 0 and 6") },
    ];
}

/// <summary>Brightness that varies slowly, as a receiving coil makes it.</summary>
/// <remarks>Source: Van Leemput et al. 1999; order and coefficients as TorchIO's RandomBiasField (Pérez-García et al. 2021): 0.5 and 3.</remarks>
public sealed class RandomBiasField(BiasFieldOptions o) : Transform
{
    /// <inheritdoc/>
    public override Drawn? Draw(RandomStream random, Extent extent)
    {
        var change = random.Chance(o.Probability);
        var coefficients = new double[PolynomialField.Terms(o.Order).Count];
        for (var i = 0; i < coefficients.Length; i++)
        {
            coefficients[i] = random.Between(-o.Largest, o.Largest);
        }

        return change && o.Largest > 0 ? new BiasField(o.Order, coefficients) : null;
    }
}

/// <summary>The image times the exponential of a polynomial of the place, each axis from −1 to 1.</summary>
/// <param name="Order">Of the polynomial.</param>
/// <param name="Coefficients">Of its terms, in the order of <see cref="PolynomialField.Terms"/>.</param>
public sealed record BiasField(int Order, double[] Coefficients) : Drawn
{
    /// <inheritdoc/>
    public override Sample Apply(Sample sample) => Tone.PerChannel(sample, channel =>
    {
        var level = KSpace.Level(channel);
        var field = PolynomialField.Evaluate(sample.Extent, Order, Coefficients);
        for (var i = 0; i < channel.Length; i++)
        {
            channel[i] = level + ((channel[i] - level) * (float)Math.Exp(field[i]));
        }
    });
}
