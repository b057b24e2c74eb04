using SegSharp.Imaging;

namespace SegSharp.Prediction;

/// <summary>What a network says about one image, on the image's own grid.</summary>
/// <param name="Labels">The label of every pixel; named after the image.</param>
/// <param name="Probabilities">One channel per network class, float32 in [0, 1]; null when not asked for.</param>
public sealed record Predicted(LabelMap Labels, Volume? Probabilities);
