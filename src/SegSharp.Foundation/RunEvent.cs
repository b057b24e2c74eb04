namespace SegSharp.Foundation;

/// <summary>Something that happened while a library worked. Terminal bar, log, <c>metrics.csv</c> and TensorBoard listen; libraries never print.</summary>
public abstract record RunEvent;

/// <summary>A stretch of work moved on.</summary>
/// <param name="Task">What is being done: "predict", "epoch 3".</param>
/// <param name="Done">Units finished.</param>
/// <param name="Total">Units in all; 0 when unknown.</param>
/// <param name="Detail">A short addition such as the current loss, or null.</param>
public sealed record Progressed(string Task, long Done, long Total, string? Detail = null) : RunEvent;

/// <summary>Something a person should know, but that does not stop the work.</summary>
/// <param name="Text">One sentence.</param>
public sealed record Warned(string Text) : RunEvent;

/// <summary>A plain remark for the log.</summary>
/// <param name="Text">One sentence.</param>
public sealed record Noted(string Text) : RunEvent;
