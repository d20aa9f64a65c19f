using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using HftEngine.Server.Tapes;

namespace HftEngine.Server.Tests.Tapes;

/// <summary>A tape made in a test: its file goes with it.</summary>
internal sealed class TapeText : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public TapeText(TapeFormat format, params string[] lines)
        : this(format, Encoding.ASCII.GetBytes(string.Concat(Array.ConvertAll(lines, line => line + "\n"))))
    {
    }

    public TapeText(TapeFormat format, byte[] bytes)
    {
        File.WriteAllBytes(_file, bytes);
        Tape = new Tape(format, _file);
    }

    public Tape Tape { get; }

    /// <summary>Everything that the reader makes of it, good and bad, in order.</summary>
    public (List<TapeOperation> Operations, List<TapeFault> Faults) ReadAll()
    {
        List<TapeOperation> operations = [];
        List<TapeFault> faults = [];
        using TapeReader reader = Tape.Open();
        TapeOperation operation = default;
        while (true)
        {
            switch (reader.Read(ref operation))
            {
                case TapeRead.End:
                    return (operations, faults);
                case TapeRead.Bad:
                    faults.Add(reader.Fault);
                    break;
                default:
                    operations.Add(operation);
                    break;
            }
        }
    }

    public void Dispose() => File.Delete(_file);
}
