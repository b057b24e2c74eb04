namespace SegSharp.Imaging.Video;

/// <summary>One picture of a film.</summary>
/// <param name="Index">Its number among those that were chosen, from 0.</param>
/// <param name="Seconds">When it is shown.</param>
/// <param name="Name">The picture's name: <c>frame_000012</c>, or its file's.</param>
/// <param name="Image">Red, green, blue, uint8.</param>
public sealed record VideoFrame(int Index, double Seconds, string Name, Volume Image);
