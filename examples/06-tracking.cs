#:project ../src/SegSharp/SegSharp.csproj

// A training that an MLflow server follows: one class that listens, and nothing to install here.
//   mlflow server --port 5000 &
//   dotnet run examples/06-tracking.cs http://127.0.0.1:5000 [FOLDER]
// Any other tracker (Weights & Biases, a database, a chat) is the same class with another address.

using System.Net.Http.Json;
using System.Text.Json.Nodes;
using SegSharp;
using SegSharp.Data;
using SegSharp.Data.Phantoms;
using SegSharp.Foundation;
using SegSharp.Networks;
using SegSharp.Training;

var server = new Uri(args.Length > 0 ? args[0] : "http://127.0.0.1:5000");
var folder = args.Length > 1 ? args[1] : Path.Combine(Path.GetTempPath(), "segsharp-tracking");
var data = Membranes.WriteDataSet(Path.Combine(folder, "data"), new() { Count = 6, Width = 64, Height = 64 }, overwrite: true);
var recipe = new Recipe { Network = new UNetOptions { Base = 4, Depth = 2 }, Training = new() { Epochs = 3, BatchSize = 2 } };

using var run = Run.Start(recipe, data, data.Split(Validation.Last(2)), Path.Combine(folder, "run"), new() { Overwrite = true });
using var tracker = new MlflowListener(server, run);
run.Train(_ => { }, listeners: [tracker]);
tracker.Finish();
Console.WriteLine($"tracked as {tracker.Id}");

/// <summary>Posts the recipe once, and the numbers of every epoch.</summary>
internal sealed class MlflowListener : IRunListener, IDisposable
{
    private readonly HttpClient _http;

    public MlflowListener(Uri server, Run run)
    {
        _http = new HttpClient { BaseAddress = new Uri(server, "/api/2.0/mlflow/runs/") };
        var created = Post("create", new() { ["experiment_id"] = "0", ["run_name"] = Path.GetFileName(run.Folder), ["start_time"] = Now });
        Id = (string)created["run"]!["info"]!["run_id"]!;
        var training = OptionsJson.Write(run.Recipe.Training);
        var keys = training.Where(p => p.Value is JsonValue).Select(p => (JsonNode)new JsonObject { ["key"] = $"training.{p.Key}", ["value"] = p.Value!.ToString() });
        Post("log-batch", new() { ["run_id"] = Id, ["params"] = new JsonArray([.. keys]) });
    }

    public string Id { get; }

    private static long Now => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public void On(RunEvent happened, Run run)
    {
        if (happened is EpochEnded e)
        {
            var dice = run.Recipe.Foreground.Zip(e.Dice, (label, d) => ($"Dice/{label}", d));
            (string Key, double? Value)[] numbers = [("loss/training", e.TrainingLoss), ("loss/validation", e.ValidationLoss), ("learning rate", e.LearningRate), .. dice];
            var metrics = numbers.Where(n => n.Value is not null)
                .Select(n => (JsonNode)new JsonObject { ["key"] = n.Key, ["value"] = n.Value, ["step"] = e.Epoch, ["timestamp"] = Now });
            Post("log-batch", new() { ["run_id"] = Id, ["metrics"] = new JsonArray([.. metrics]) });
        }
    }

    public void Finish() => Post("update", new() { ["run_id"] = Id, ["status"] = "FINISHED", ["end_time"] = Now });

    public void Dispose() => _http.Dispose();

    private JsonObject Post(string what, JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, what) { Content = JsonContent.Create(body) };
        using var answer = _http.Send(request);
        answer.EnsureSuccessStatusCode();
        using var content = answer.Content.ReadAsStream();
        return JsonNode.Parse(content) as JsonObject ?? [];
    }
}
