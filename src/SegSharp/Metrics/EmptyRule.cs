namespace SegSharp.Metrics;

/// <summary>What Dice, IoU, precision and recall are where neither prediction nor truth has a single voxel of the region. One empty and one not is always 0.</summary>
public enum EmptyRule
{
    /// <summary>Undefined: shown as "–", not counted in means. The default, as in nnU-Net.</summary>
    Undefined,

    /// <summary>1: the prediction rightly found nothing. As in the BraTS challenges.</summary>
    One,

    /// <summary>0, as some libraries do.</summary>
    Zero,
}

/// <summary>Words for the rule, since every table must say which one it follows.</summary>
public static class EmptyRules
{
    /// <summary>One sentence for a table's foot.</summary>
    public static string Explain(this EmptyRule rule) => rule switch
    {
        EmptyRule.One => "empty masks: both empty counts as 1, one of the two empty as 0",
        EmptyRule.Zero => "empty masks: both empty counts as 0, one of the two empty as 0",
        _ => "empty masks: both empty is undefined (–, not counted in means), one of the two empty counts as 0",
    };
}
