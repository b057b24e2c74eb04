namespace SegSharp.Prediction;

/// <summary>Neighbouring rows, columns or planes.</summary>
/// <param name="First">The first one.</param>
/// <param name="Count">How many.</param>
public readonly record struct Strip(int First, int Count)
{
    /// <summary>The one behind the last.</summary>
    public int End => First + Count;

    /// <summary>What two strips share; a count of 0 when nothing.</summary>
    public Strip And(Strip other)
    {
        var first = Math.Max(First, other.First);
        return new Strip(first, Math.Max(0, Math.Min(End, other.End) - first));
    }

    /// <summary><c>0..63</c>.</summary>
    public override string ToString() => $"{First}..{End - 1}";
}
