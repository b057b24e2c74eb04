namespace SegSharp.Data;

/// <summary>One image of a data set on the disk, with its label map where it has one.</summary>
/// <param name="Id">Its name: the files' name without channel suffix and ending.</param>
/// <param name="Channels">Image files, in the order of the channels; a colour picture is one file with several channels.</param>
/// <param name="Label">File of the label map; null for a test case.</param>
public sealed record Case(string Id, IReadOnlyList<string> Channels, string? Label);
