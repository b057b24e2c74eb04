using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using SegSharp.Foundation;

namespace SegSharp.Imaging.Video;

/// <summary>The programs ffmpeg and ffprobe as child processes. They are given lists of words, never a line for a shell, and may open files only.</summary>
internal static class Ffmpeg
{
    private static readonly Lazy<string> Encoders = new(() => Ask("ffmpeg", ["-hide_banner", "-loglevel", "error", "-encoders"]).Out);

    /// <summary>A file's name that neither a leading "-" nor a colon can turn into something else.</summary>
    public static string File(string path) => "file:" + Path.GetFullPath(path);

    /// <summary>The best encoder for H.264 that this ffmpeg has; MPEG-4's where there is none.</summary>
    public static string Encoder => new[] { "libx264", "libopenh264" }.FirstOrDefault(name => Encoders.Value.Contains($" {name} ", StringComparison.Ordinal)) ?? "mpeg4";

    /// <summary>Starts a program whose errors are gathered.</summary>
    /// <exception cref="SegSharpException">It is not installed.</exception>
    public static Child Start(string program, IEnumerable<string> words, bool writes = false)
    {
        var start = new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = !writes, RedirectStandardInput = true };
        try
        {
            return new Child(Process.Start(start)!, writes);
        }
        catch (Win32Exception e)
        {
            throw new SegSharpException($"{program} was not found, which reads and writes videos", "apt-get install ffmpeg (it brings ffprobe too), or give a folder of pictures", e);
        }
    }

    /// <summary>Runs a program to its end.</summary>
    public static (int Code, string Out, string Error) Ask(string program, IEnumerable<string> words)
    {
        using var child = Start(program, words);
        using var reader = new StreamReader(child.Process.StandardOutput.BaseStream, Encoding.UTF8);
        var text = reader.ReadToEnd();
        return (child.End(), text, child.Said);
    }

    /// <summary>A running program; killed when it is disposed before its end.</summary>
    internal sealed class Child : IDisposable
    {
        private const int LongestWord = 4000;
        private readonly StringBuilder _said = new();

        public Child(Process process, bool writes)
        {
            Process = process;
            process.ErrorDataReceived += (_, line) =>
            {
                lock (_said)
                {
                    _ = line.Data is { } text && _said.Length < LongestWord ? _said.AppendLine(text) : _said;
                }
            };
            process.BeginErrorReadLine();
            if (!writes)
            {
                process.StandardInput.Close();
            }
        }

        public Process Process { get; }

        /// <summary>The last line of its errors, without addresses in memory.</summary>
        public string Said
        {
            get
            {
                lock (_said)
                {
                    var lines = _said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                    var last = lines.LastOrDefault() ?? "";
                    return last.StartsWith('[') && last.IndexOf("] ", StringComparison.Ordinal) is > 0 and var at ? last[(at + 2)..] : last;
                }
            }
        }

        /// <summary>Waits for its end.</summary>
        public int End()
        {
            Process.WaitForExit();
            return Process.ExitCode;
        }

        public void Dispose()
        {
            try
            {
                if (!Process.HasExited)
                {
                    Process.Kill(entireProcessTree: true);
                    Process.WaitForExit();
                }
            }
            catch (InvalidOperationException)
            {
                // It ended in this moment.
            }

            Process.Dispose();
        }
    }
}
