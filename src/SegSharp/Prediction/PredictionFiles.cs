namespace SegSharp.Prediction;

/// <summary>Which files a prediction leaves, and where. They are named after their images.</summary>
public sealed record PredictionFiles
{
    /// <summary>The folder of the masks.</summary>
    public required string Folder { get; init; }

    /// <summary>Whether the probabilities lie beside the masks, as float32 <c>.npy</c> of [classes, (D,) H, W].</summary>
    public bool Probabilities { get; init; }

    /// <summary>The folder of the maps of uncertainty; null = none. It must be another than that of the masks, since they are images too.</summary>
    public string? Uncertainty { get; init; }

    /// <summary>Whether the members' disagreement is written beside the entropy, as <c>NAME-mutual</c>.</summary>
    public bool MutualInformation { get; init; }

    /// <summary>Whether files that are there already are written again.</summary>
    public bool Overwrite { get; init; }

    /// <summary>The file of an input's entropy: float32 in [0, 1] on the image's grid, NIfTI of volumes and TIFF of pictures; null when it is not asked for.</summary>
    public string? EntropyFile(PredictionInput input) => Map(input, "");

    /// <summary>The file of an input's mutual information, in the same form; null when it is not asked for.</summary>
    public string? MutualFile(PredictionInput input) => MutualInformation ? Map(input, "-mutual") : null;

    private string? Map(PredictionInput input, string suffix) => Uncertainty is null ? null : Path.Combine(Uncertainty, input.Name + suffix + (input.MaskEnding() switch
    {
        ".png" or ".tif" or ".tiff" or ".gif" or ".bmp" or ".jpg" => ".tif",
        var ending => ending is ".nrrd" or ".mha" or ".mhd" ? ending : ".nii.gz",
    }));
}
