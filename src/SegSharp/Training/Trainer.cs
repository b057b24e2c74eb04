using System.Diagnostics;
using System.Globalization;
using SegSharp.Data;
using SegSharp.Losses;
using SegSharp.Networks;
using SegSharp.Torch;
using SegSharp.Torch.Optimizers;
using SegSharp.Torch.Schedules;

namespace SegSharp.Training;

/// <summary>
/// The training loop: batches in, steps, validation, positions out. Knows neither files nor recipes; whoever made the network,
/// the optimizer and the loaders disposes them.
/// </summary>
/// <remarks>
/// What is computed is a function of the seed, the options, the thread count and the machine's instruction set alone: a run that
/// was stopped and resumed ends with the same bits as one that was not.
/// </remarks>
public sealed class Trainer
{
    private readonly Network _network;
    private readonly Loss _loss;
    private readonly LossOptions _lossOptions;
    private readonly DeepSupervised _supervised;
    private readonly RegionTargets? _regions;
    private readonly Optimizer _optimizer;
    private readonly Schedule _schedule;
    private readonly BatchLoader _training;
    private readonly BatchLoader? _validation;
    private readonly TrainingOptions _options;
    private readonly double _learningRate;
    private readonly EncoderPart? _encoder;                                     // null: it learns like the rest
    private readonly WeightAverage? _average;
    private string? _asked;                                                     // why somebody wants it to end
    private bool _warned, _useless;

    /// <summary>Puts the parts together.</summary>
    /// <param name="network">What learns.</param>
    /// <param name="loss">What it is told.</param>
    /// <param name="optimizer">What changes it, over the network's parameters.</param>
    /// <param name="training">Batches with labels.</param>
    /// <param name="validation">Batches with labels that are never learnt from; null when there are none.</param>
    /// <param name="lossOptions">Says what the channels mean.</param>
    /// <param name="options">Epochs, schedule, precision.</param>
    /// <param name="regions">Makes the truth of overlapping regions from labels; null where every channel is a label.</param>
    /// <param name="average">The running average of the network's weights, validated in their place; null where there is none.</param>
    public Trainer(
        Network network, Loss loss, Optimizer optimizer, BatchLoader training, BatchLoader? validation, LossOptions lossOptions, TrainingOptions options,
        RegionTargets? regions = null, WeightAverage? average = null)
    {
        UsageException.ThrowIfAny(options.Check());
        UsageException.ThrowIfAny(Unwatchable(options, validation));
        _network = network;
        _loss = loss;
        _lossOptions = lossOptions;
        _supervised = new DeepSupervised(loss, lossOptions.LevelWeights);
        _regions = regions;
        _average = average;
        _optimizer = optimizer;
        _schedule = ScheduleCatalogue.All.GetByOptions(options.Schedule.GetType()).Build(options.Schedule);
        _training = training;
        _validation = validation;
        _options = options;
        _learningRate = options.Optimizer.LearningRate;
        if (!options.Encoder.IsPlain)
        {
            _encoder = network.EncoderPart ?? throw new UsageException(
                "training.encoder is set, but this network names no part of it as its encoder", "leave training.encoder out, or choose a network with an encoder");
            optimizer.ScaleRate(
                network.NamedParameters().Where(p => _encoder.Holds(p.Name)).Select(p => p.Tensor), (options.Encoder.LearningRate ?? _learningRate) / _learningRate);
        }
    }

    /// <summary>How far it has come.</summary>
    public TrainingPosition Position { get; private set; } = new();

    /// <summary>Goes on from a saved position; weights and optimizer must have been put back already.</summary>
    public void ContinueFrom(TrainingPosition position) => Position = position;

    /// <summary>Ends the training after the epoch at hand, as early stopping does. From a listener, on the thread that trains.</summary>
    /// <remarks>Asked during an epoch, that epoch is validated; asked when its end is told, only where <c>validateEvery</c> did. A resume does not remember it.</remarks>
    /// <param name="reason">For the log.</param>
    public void EndAfterEpoch(string reason) => _asked ??= reason;

    /// <summary>Trains to the last epoch, or until the options or a listener say that it is enough.</summary>
    /// <param name="on">Hears of every step and epoch.</param>
    /// <param name="save">Called after every epoch, and inside one when stopped: everything that a resume needs is as in <see cref="Position"/>.</param>
    /// <param name="cancel">Stops after the step or the validation batch at hand, with <paramref name="save"/> called first.</param>
    /// <exception cref="OperationCanceledException">Stopped by <paramref name="cancel"/>; the state was saved.</exception>
    /// <exception cref="SegSharpException">The loss or the gradient is no longer a finite number.</exception>
    public void Train(Action<RunEvent> on, Action<TrainingPosition> save, CancellationToken cancel = default)
    {
        while (Position.Epoch < _options.Epochs)
        {
            if (Position.Step == 0 && (_asked ?? WhyEnough(Position.History)) is { } reason)
            {
                on(new Noted(reason));
                return;
            }

            var watch = Stopwatch.StartNew();
            var before = Position.Seconds;
            TrainEpoch(on, save, watch, cancel);
            EpochEnded ended;
            try
            {
                ended = Validate(watch, before, cancel);
            }
            catch (OperationCanceledException)
            {
                save(Position);                              // the epoch's steps are done; a resume begins with the validation
                throw;
            }

            Position = new TrainingPosition { Epoch = Position.Epoch + 1, History = [.. Position.History, ended] };
            save(Position);
            on(ended);
        }
    }

    private static IEnumerable<Fault> Unwatchable(TrainingOptions options, BatchLoader? validation)
    {
        if (validation is null && options.EarlyStopping is { Patience: > 0, Watch: not Watched.TrainingLoss })
        {
            yield return Fault.At("training.earlyStopping.watch", "looks at the validation, but no case is held out; hold some out (--validation), or watch trainingLoss");
        }

        if (validation is null && options.Schedule.Needs is Watched.Dice or Watched.ValidationLoss)
        {
            yield return Fault.At("training.schedule.watch", "looks at the validation, but no case is held out; hold some out (--validation), or watch trainingLoss");
        }
    }

    // A function of the finished epochs alone, so that a resumed run comes to the same answer.
    private string? WhyEnough(IReadOnlyList<EpochEnded> history)
    {
        if (_options.EarlyStopping.Reason(history) is { } reason)
        {
            return reason;
        }

        if (_options.Hours is { } hours && history.Count > 0)
        {
            var spent = history.Sum(e => e.Seconds);
            return spent + (spent / history.Count / 2) >= hours * 3600
                ? string.Create(CultureInfo.InvariantCulture, $"stopped after epoch {history[^1].Epoch}: {spent / 3600:G3} of {hours:G3} hours are spent, and another epoch would go beyond them")
                : null;
        }

        return null;
    }

    // A frozen encoder has no gradients, which is quicker too, and its statistics stay those that its weights were made with.
    private void TrainMode(int epoch)
    {
        _network.Train();
        if (_encoder is null)
        {
            return;
        }

        var frozen = _options.Encoder.FrozenIn(epoch);
        foreach (var (_, module) in _network.NamedModules().Where(m => _encoder.Holds(m.Name)))
        {
            module.Train(!frozen);
        }

        foreach (var (_, tensor) in _network.NamedParameters().Where(p => _encoder.Holds(p.Name)))
        {
            tensor.RequiresGrad = !frozen;
        }
    }

    private void TrainEpoch(Action<RunEvent> on, Action<TrainingPosition> save, Stopwatch watch, CancellationToken cancel)
    {
        TrainMode(Position.Epoch);
        var (epoch, before, together) = (Position.Epoch, Position.Seconds, _options.Accumulate);
        var steps = StepsPerEpoch;
        var all = Math.Min(_training.SamplesPerEpoch, (long)_training.BatchesPerEpoch * _training.BatchSize);
        var (loss, samples, first) = (0.0, 0L, true);
        long inStep = 0;
        foreach (var batch in _training.Epoch(epoch, Position.Step * together, CancellationToken.None))
        {
            var step = Position.Step + 1;
            if (first)
            {
                _optimizer.ClearGradients();
                _optimizer.LearningRate = Rate(step);
                inStep = Math.Min((long)together * _training.BatchSize, all - ((step - 1L) * together * _training.BatchSize));
                (loss, samples, first) = (0, 0, false);
            }

            using (batch)
            {
                loss += Learn(batch, (double)batch.Count / inStep, epoch + 1, step, on) * batch.Count;
                samples += batch.Count;
            }

            if (samples < inStep)
            {
                continue;
            }

            first = true;
            var length = Step(epoch + 1, step);
            Position = Position with
            {
                Step = step,
                LossSum = Position.LossSum + loss,
                Samples = Position.Samples + samples,
                GradientNormSum = Position.GradientNormSum + length,
                Seconds = before + watch.Elapsed.TotalSeconds,
            };
            on(new StepEnded(epoch + 1, _options.Epochs, step, steps, loss / samples, length, _optimizer.LearningRate));
            if (cancel.IsCancellationRequested)
            {
                save(Position);
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private int StepsPerEpoch => (_training.BatchesPerEpoch + _options.Accumulate - 1) / _options.Accumulate;

    private double Rate(int step)
    {
        double steps = StepsPerEpoch;
        var history = Position.History;
        var progress = ((Position.Epoch * steps) + step - 1) / (_options.Epochs * steps);
        if (_options.Hours is { } hours && history.Count > 0)
        {
            // From the epochs that are written down, not from the clock: an epoch that is repeated after a kill has the same rates.
            var spent = history.Sum(e => e.Seconds);
            progress = Math.Min(1, Math.Max(progress, (spent + (spent / history.Count * (step - 1) / steps)) / (hours * 3600)));
        }

        return _learningRate * _schedule.Factor(new SchedulePoint
        {
            Progress = progress,
            Epochs = _options.Epochs,
            Seen = _options.Schedule.Needs is { } watched ? [.. history.Select(e => e.Value(watched)).OfType<double>()] : [],
        });
    }

    // Forward and backward of one batch; its gradient is added with the share of the step that it makes up.
    private double Learn(HostBatch batch, double share, int epoch, int step, Action<RunEvent> on)
    {
        using var scope = new TensorScope();
        using var again = _options.Checkpointing ? new Recompute(_options.Precision == Precision.BFloat16, _network.Device.Kind) : null;
        var loss = Forward(batch, out var logits, out _);
        var value = loss.Item();
        if (again is { Segments: 0 } && !_useless)
        {
            _useless = true;
            on(new Warned("training.checkpointing saves nothing here: this network names no stages that could be computed again"));
        }

        if (step == 1 && !_warned && LogitsGuard.Suspect(logits, _lossOptions.Head) is { } suspicion)
        {
            _warned = true;
            on(new Warned(suspicion));
        }

        if (!double.IsFinite(value))
        {
            throw new SegSharpException(
                $"the loss became {value} in epoch {epoch}, step {step} (cases {string.Join(", ", batch.Ids.Distinct())})",
                "lower the learning rate (--lr), or look at those cases with 'segsharp data inspect'");
        }

        (share == 1 ? loss : loss * share).Backward();
        again?.Backward();
        return value;
    }

    private double Step(int epoch, int step)
    {
        using var scope = new TensorScope();
        var length = _optimizer.Clip(_options.ClipNorm, _options.ClipValue);
        if (!double.IsFinite(length))
        {
            throw new SegSharpException(
                $"the gradient became {length} in epoch {epoch}, step {step}, though the loss is a number",
                "lower the learning rate (--lr), or train in single precision (--precision float32)");
        }

        _optimizer.Step();
        _average?.Update(_optimizer.Steps);
        return length;
    }

    private Tensor Forward(HostBatch batch, out Tensor logits, out Tensor target)
    {
        var device = _network.Device;
        var images = Tensor.From(batch.Images, batch.ImageShape(_network.Dimensions)).To(device);
        target = Tensor.From(batch.Labels, batch.TargetShape(_network.Dimensions)).To(device);
        target = _regions is null ? target : _regions.Of(target);
        var weights = batch.HasWeights ? Tensor.From(batch.Weights, batch.WeightShape(_network.Dimensions)).To(device) : null;
        IReadOnlyList<Tensor> levels;
        using (new Autocast(_options.Precision == Precision.BFloat16, device.Kind))
        {
            levels = _network.ForwardLevels(images);
        }

        levels = [.. levels.Select(l => l.To(DType.Float32))];
        logits = levels[0];
        return levels.Count == 1 ? _loss.Compute(logits, target, weights) : _supervised.Compute(levels, target, weights);
    }

    private EpochEnded Validate(Stopwatch watch, double before, CancellationToken cancel)
    {
        var epoch = Position.Epoch + 1;
        var ended = new EpochEnded
        {
            Epoch = epoch,
            Epochs = _options.Epochs,
            TrainingLoss = Position.LossSum / Math.Max(1, Position.Samples),
            GradientNorm = Position.GradientNormSum / Math.Max(1, Position.Step),
            LearningRate = Rate(Position.Step),
            Seconds = before + watch.Elapsed.TotalSeconds,
        };

        if (_validation is not null && (epoch % _options.ValidateEvery == 0 || epoch == _options.Epochs || _asked is not null || WhyEnough([.. Position.History, ended]) is not null))
        {
            using var averaged = _average?.Apply();
            var (loss, dice) = Score(_validation, cancel);
            var defined = dice.Where(d => d is not null).ToList();
            ended = ended with { ValidationLoss = loss, Dice = dice, MeanDice = defined.Count == 0 ? null : defined.Average() };
            ended = ended with { IsBest = IsBetter(ended, Position.Best) };
        }

        return ended with { Seconds = before + watch.Elapsed.TotalSeconds };
    }

    /// <summary>The mean loss over a loader's samples, and the pooled Dice per foreground label, in evaluation mode.</summary>
    public (double Loss, IReadOnlyList<double?> Dice) Score(BatchLoader loader, CancellationToken cancel = default)
    {
        using var guard = new NoGrad();
        _network.Evaluate();
        var (sum, samples) = (0.0, 0L);
        var overlap = Array.Empty<OnlineDice>();
        foreach (var batch in loader.Epoch(0, cancel: cancel))
        {
            using var scope = new TensorScope();
            using (batch)
            {
                sum += Forward(batch, out var logits, out var target).Item() * batch.Count;
                samples += batch.Count;
                overlap = OnlineDice.Add(overlap, logits, target, _lossOptions.Head, _lossOptions.Ignore);
            }
        }

        _network.Train();
        return (sum / Math.Max(1, samples), [.. overlap.Select(o => o.Value)]);
    }

    private static bool IsBetter(EpochEnded now, EpochEnded? best) =>
        best is null
        || (now.MeanDice ?? -1) > (best.MeanDice ?? -1)
        || ((now.MeanDice ?? -1) == (best.MeanDice ?? -1) && now.ValidationLoss < best.ValidationLoss);
}
