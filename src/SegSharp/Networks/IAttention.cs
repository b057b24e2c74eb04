using SegSharp.Torch;

namespace SegSharp.Networks;

/// <summary>A network whose skips pass a gate, and that can show where each gate looks.</summary>
public interface IAttention
{
    /// <summary>The names of its gates, finest first: what <see cref="ForwardWithAttention"/> returns maps of.</summary>
    IReadOnlyList<string> Gates { get; }

    /// <summary>Computes the logits, and keeps what the gates let through on the way.</summary>
    /// <param name="image">[N, InChannels, (D,) H, W].</param>
    /// <returns>The logits as from <see cref="Network.Forward"/>, and a map per gate, in the caller's scope.</returns>
    AttendedLogits ForwardWithAttention(Tensor image);
}

/// <summary>Logits, and what the gates let through.</summary>
/// <param name="Logits">As from <see cref="Network.Forward"/>.</param>
/// <param name="Maps">One per gate, in the order of <see cref="IAttention.Gates"/>.</param>
public readonly record struct AttendedLogits(Logits Logits, IReadOnlyList<AttentionMap> Maps);

/// <summary>What one gate lets through: the factor of every place of a skip.</summary>
/// <param name="Gate">The gate's name, which is its module's path.</param>
/// <param name="Level">The level of the skip; 0 is the full resolution.</param>
/// <param name="Alpha">[N, 1, (D,) H, W] on the level's grid, each in (0, 1).</param>
/// <param name="Covers">Sides of what the map lies over, (D,) H, W: the image, enlarged at its far sides where the network enlarges it.</param>
public sealed record AttentionMap(string Gate, int Level, Tensor Alpha, IReadOnlyList<long> Covers);
