using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace SegSharp;

/// <summary>Writes every event of a training as one line of JSON, for programs that follow it: <c>{"event": "epochEnded", "time": …, "run": …, "epoch": 3, …}</c>.</summary>
/// <remarks>Appends, so that the lines of a resumed run follow those before it. Whole lines are handed to the system at the end of every epoch.</remarks>
public sealed class EventLines : IRunListener, IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly FileStream _file;
    private readonly TimeProvider _clock;

    /// <summary>Opens the file.</summary>
    /// <param name="path">Where the lines go; its folder is made when missing.</param>
    /// <param name="clock">For the time stamps; null takes the system's.</param>
    /// <exception cref="SegSharpException">It cannot be written.</exception>
    public EventLines(string path, TimeProvider? clock = null)
    {
        _clock = clock ?? TimeProvider.System;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            _file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SegSharpException($"cannot write '{path}': {e.Message.TrimEnd('.')}", "--events FILE in a folder that you may write to", e);
        }
    }

    /// <inheritdoc/>
    public void On(RunEvent happened, Run run)
    {
        if (happened is Progressed)
        {
            return;
        }

        var line = new JsonObject
        {
            ["event"] = JsonNamingPolicy.CamelCase.ConvertName(happened.GetType().Name),
            ["time"] = _clock.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ["run"] = run.Folder,
        };
        foreach (var (key, value) in JsonSerializer.SerializeToNode(happened, happened.GetType(), Json)!.AsObject().ToList())
        {
            line[key] = value?.DeepClone();
        }

        try
        {
            _file.Write(Encoding.UTF8.GetBytes(line.ToJsonString(Json) + "\n"));
            if (happened is Training.EpochEnded)
            {
                _file.Flush();
            }
        }
        catch (IOException e)
        {
            throw new SegSharpException($"cannot write '{_file.Name}': {e.Message.TrimEnd('.')}", "free some space, then --resume", e);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
