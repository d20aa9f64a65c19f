using System;
using System.IO;
using System.Threading;
using HftEngine.Server.Replay;
using HftEngine.Server.Tapes;
using HftEngine.Server.Workloads;

namespace HftEngine.Server.Hosting;

/// <summary>
/// Runs the engine over made-up flow, on a venue that is thrown away, until its code is compiled for good.
/// </summary>
internal static class EngineWarmUp
{
    private const int Records = 20_000;
    private const int WarmRecords = 2_000;

    // The compiler wants to see a method often and then works in the background; a few rounds with pauses are
    // enough.
    private const int Rounds = 5;
    private const int PauseMs = 150;

    /// <param name="stop">Set: the venue is to stop before it was ready.</param>
    public static void Run(WaitHandle stop)
    {
        string file = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(file))
            {
                WorkloadMix mix = WorkloadMix.Find("taker")!;
                new WorkloadGenerator(mix, symbols: 2, WarmRecords, seed: 1).Write(stream, Records);
            }

            Tape tape = new(TapeFormat.Workload, file);
            ReplayOptions options = new() { Tape = tape };
            TapeSurvey survey = TapeSurvey.Of(tape, options.Limit, options.SkipBad, _ => { });
            using CoreMode mode = new(new ReplayVenue(survey));
            using PreparedTape prepared = new(options, mode, survey, _ => { });
            for (int round = 0; round < Rounds && !stop.WaitOne(0); round++)
            {
                mode.Reset(0);
                foreach (IPreparedBatch batch in prepared.Batches())
                {
                    mode.Apply(batch);
                }

                stop.WaitOne(PauseMs);
            }
        }
        finally
        {
            File.Delete(file);
        }
    }
}
