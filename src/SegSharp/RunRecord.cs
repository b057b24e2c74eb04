namespace SegSharp;

/// <summary><c>run.json</c>: where, when and on what a run was made.</summary>
public sealed record RunRecord
{
    /// <summary>SegSharp's version.</summary>
    public string SegSharp { get; init; } = "";

    /// <summary>.NET's version.</summary>
    public string DotNet { get; init; } = "";

    /// <summary>libtorch, its BLAS and accelerations, as <c>doctor</c> shows them.</summary>
    public System.Text.Json.JsonElement? LibTorch { get; init; }

    /// <summary>Processor, system and cores: the processor's instruction set decides bits too.</summary>
    public string Machine { get; init; } = "";

    /// <summary>Threads of one operator.</summary>
    public int Threads { get; init; }

    /// <summary>Where it computed.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The data set's folder.</summary>
    public string DataSet { get; init; } = "";

    /// <summary>Digest of the prepared training samples.</summary>
    public string TrainingDigest { get; init; } = "";

    /// <summary>Digest of the prepared validation samples; empty without any.</summary>
    public string ValidationDigest { get; init; } = "";

    /// <summary>Digest of the label files of the validation cases, which tells a report whether it scores against what was held out; empty without any.</summary>
    public string ValidationLabels { get; init; } = "";

    /// <summary>Cases learnt from.</summary>
    public IReadOnlyList<string> Training { get; init; } = [];

    /// <summary>Cases held out.</summary>
    public IReadOnlyList<string> Validation { get; init; } = [];

    /// <summary>The grid that is trained on; "various" when samples differ.</summary>
    public string Grid { get; init; } = "";

    /// <summary>The grid of the Dice that is watched during training: whole images, also where patches are trained on.</summary>
    public string ValidationGrid { get; init; } = "";

    /// <summary>Trainable numbers in the network.</summary>
    public long Parameters { get; init; }

    /// <summary>The weights that it began with; null for fresh ones.</summary>
    public PretrainedRecord? Pretrained { get; init; }

    /// <summary>When it was begun, UTC.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>When the last epoch ended, UTC; null before.</summary>
    public DateTimeOffset? Finished { get; init; }

    /// <summary>Seconds in epochs, over all resumes.</summary>
    public double Seconds { get; init; }

    /// <summary>The most memory that the process held, bytes.</summary>
    public long PeakBytes { get; init; }

    /// <summary>How often it was taken up again.</summary>
    public int Resumes { get; init; }
}
