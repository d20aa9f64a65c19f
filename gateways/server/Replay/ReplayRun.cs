using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using HftEngine.Core.Histograms;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Replay;

/// <summary>What one timed way through a tape cost.</summary>
internal readonly record struct TimedRun(
    double Seconds, int Collections, long AllocatedBytes, ulong? EventDigest);

/// <summary>
/// Replays a tape: a survey, a warm-up on a venue that is thrown away, the timed runs, then whatever must not
/// be timed:
/// one run that reads the events back, and one that times every command.
/// </summary>
internal sealed class ReplayRun(ReplayOptions options, ReplayProgress progress)
{
    // The compiler replaces a method after 30 calls and some tenths of a second in the background; loops are
    // replaced while they run. The rounds are long enough for all three tiers, with pauses in which the
    // compiler gets the CPU.
    private const int WarmUpRounds = 6;
    private const int WarmUpCommands = 200_000;
    private const int WarmUpPauseMs = 150;

    public ReplayReport Run()
    {
        TapeSurvey survey = TapeSurvey.Of(
            options.Tape, options.Limit, options.SkipBad, progress.Stage("survey"));
        ReplayVenue venue = new(survey);
        using ReplayMode mode = Create(venue, survey);
        using PreparedTape tape = new(options, mode, survey, progress.Stage("prepare"));
        WarmUp(mode, tape);
        int? cpu = options.Pin.Count > 0 ? options.Pin[0] : mode.SenderCpu;
        if (cpu is { } sender)
        {
            CpuAffinity.PinCurrentThread(sender);
        }

        List<TimedRun> runs = [];
        Histogram? latencies = null;
        if (options.Rate is { } rate)
        {
            latencies = Latency.NewHistogram();
            runs.Add(RunTimed(mode, tape, new Pace(rate), latencies));
        }
        else
        {
            for (int i = 0; i < options.Repeat; i++)
            {
                progress.Say($"run {i + 1} of {options.Repeat}");
                runs.Add(RunThroughput(mode, tape, survey.Counts.Requests));
            }
        }

        if (options.Latency && latencies is null)
        {
            progress.Say("latency of every command");
            latencies = Latency.NewHistogram();
            RunTimed(mode, tape, new Pace(null), latencies);
        }

        return ReadBack(mode, tape, venue, survey, runs, latencies);
    }

    private ReplayMode Create(ReplayVenue venue, TapeSurvey survey) => options.Through switch
    {
        ReplayThrough.Book when options.BookFile is not null =>
            throw new ReplayException(
                "--book-out follows events, which --through book does not make; use core or pipeline"),
        ReplayThrough.Book => new BookMode(venue, survey),
        ReplayThrough.Core => new CoreMode(venue),
        _ => new PipelineMode(venue, options),
    };

    private static void WarmUp(ReplayMode mode, PreparedTape tape)
    {
        for (int round = 0; round < WarmUpRounds; round++)
        {
            mode.Reset(0);
            int commands = 0;
            foreach (IPreparedBatch batch in tape.Batches())
            {
                mode.Apply(batch);
                commands += batch.Commands;
                if (commands >= WarmUpCommands)
                {
                    break;
                }
            }

            mode.Complete();
            Thread.Sleep(WarmUpPauseMs);
        }
    }

    private static TimedRun RunThroughput(ReplayMode mode, PreparedTape tape, long commands)
    {
        mode.Reset(commands);
        bool completed = false;
        long ticks = 0;
        CollectorMeter meter = default;
        foreach (IPreparedBatch batch in tape.Batches())
        {
            if (batch.WarmUp)
            {
                mode.Apply(batch);
                continue;
            }

            if (!completed)
            {
                mode.Complete();
                completed = true;
            }

            meter.Begin();
            long start = Stopwatch.GetTimestamp();
            mode.Apply(batch);
            ticks += Stopwatch.GetTimestamp() - start;
            meter.End();
        }

        long finish = Stopwatch.GetTimestamp();
        mode.Complete();
        ticks += Stopwatch.GetTimestamp() - finish;
        return new TimedRun(
            (double)ticks / Stopwatch.Frequency, meter.Collections, meter.AllocatedBytes, mode.EventDigest);
    }

    private static TimedRun RunTimed(
        ReplayMode mode, PreparedTape tape, Pace pace, Histogram latencies)
    {
        mode.Reset(0);
        long ticks = 0;
        CollectorMeter meter = default;
        foreach (IPreparedBatch batch in tape.Batches())
        {
            if (batch.WarmUp)
            {
                mode.Apply(batch);
                mode.Complete();
                continue;
            }

            meter.Begin();
            long start = Stopwatch.GetTimestamp();
            mode.ApplyTimed(batch, ref pace, latencies);
            ticks += Stopwatch.GetTimestamp() - start;
            meter.End();
        }

        return new TimedRun(
            (double)ticks / Stopwatch.Frequency, meter.Collections, meter.AllocatedBytes, mode.EventDigest);
    }

    private ReplayReport ReadBack(
        ReplayMode mode,
        PreparedTape tape,
        ReplayVenue venue,
        TapeSurvey survey,
        List<TimedRun> runs,
        Histogram? latencies)
    {
        using TapePass names = new(options.Tape, options.Limit, options.SkipBad, noteRecords: false);
        TapeReader reader = names.Reader;
        if (reader is OrderLineTape)
        {
            // The texts of traders and prices are known only after a way through the tape.
            RequestBatch unused = new();
            while (names.Next(unused))
            {
            }
        }

        using TradeTapeWriter? trades = options.TradesFile is null
            ? null
            : TradeTapeWriter.For(options.TradesFile, reader);
        using BookOutWriter? book = options.BookFile is null
            ? null
            : new BookOutWriter(options.BookFile, reader);
        EventTap tap = new(venue, trades, book);
        mode.Reset(0);
        foreach (
            (IPreparedBatch batch, RequestBatch requests) in tape.BatchesWithRequests(
                progress.Stage("read back")))
        {
            mode.ApplyTapped(batch, requests, tap);
        }

        FinalState state = mode.ReadFinalState(tap);
        foreach (TimedRun run in runs)
        {
            if (run.EventDigest is { } digest && digest != state.EventDigest)
            {
                throw new InvalidDataException(
                    "Two replays of the same tape gave different events; this is a defect of the engine.");
            }
        }

        return new ReplayReport(options, survey, runs, latencies, tap.Tally, state);
    }

    /// <summary>What the garbage collector did between begin and end, summed up.</summary>
    private struct CollectorMeter
    {
        private int _collections;
        private long _allocated;

        public int Collections { get; private set; }

        public long AllocatedBytes { get; private set; }

        public void Begin()
        {
            _allocated = GC.GetTotalAllocatedBytes(precise: true);
            _collections = Total();
        }

        public void End()
        {
            Collections += Total() - _collections;
            AllocatedBytes += GC.GetTotalAllocatedBytes(precise: true) - _allocated;
        }

        private static int Total() => GC.CollectionCount(0) + GC.CollectionCount(1) + GC.CollectionCount(2);
    }
}
