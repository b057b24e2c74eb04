namespace SegSharp.Figures.Lessons;

/// <summary>The lecture notebook, chapter by chapter.</summary>
internal static class NotebookLessons
{
    public static IReadOnlyList<Lesson> All { get; } = [.. NotebookUpsampling.All, .. NotebookUNet.All, .. NotebookPreparation.All, .. NotebookLosses.All];
}
