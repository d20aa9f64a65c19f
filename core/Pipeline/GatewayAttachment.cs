using System;
using System.IO;

namespace HftEngine.Core.Pipeline;

/// <summary>
/// A gateway's process at a running venue: its command ring, the event ring, and word of the venue's end.
/// </summary>
/// <remarks>
/// Attach, send by <see cref="Commands"/>, read <see cref="Events"/> until <see cref="IsVenueGone"/> says so, dispose,
/// and attach again: the next start of the venue puts up a new post with a higher epoch. The memory stays mapped after
/// the venue's death, so what was released can be read to its end.
/// </remarks>
public sealed class GatewayAttachment : IDisposable
{
    private readonly int _process;

    private GatewayAttachment(GatewayPost post, int process, CommandRingProducer commands, EventRingReader events)
    {
        Post = post;
        _process = process;
        Commands = commands;
        Events = events;
    }

    public GatewayPost Post { get; }

    public CommandRingProducer Commands { get; }

    public EventRingReader Events { get; }

    /// <summary>The venue has died, halted, stopped, or given this gateway up: nothing more will be taken.</summary>
    public bool IsVenueGone => Kernel.HasEnded(_process)
        || Commands.Status is RingStatus.Halted or RingStatus.Closed or RingStatus.Lost;

    /// <summary>
    /// Null while there is nothing to attach to: no venue, a dead one's post, or a predecessor that the venue has not
    /// given up yet. Try again after a while.
    /// </summary>
    public static GatewayAttachment? TryAttach(string runFolder, string name)
    {
        GatewayPost? post = GatewayPost.Read(GatewayPost.PathOf(runFolder, name));
        int process = post is null ? -1 : Kernel.OpenProcess(post.ProcessId);
        if (process < 0)
        {
            return null;
        }

        CommandRingProducer? commands = null;
        try
        {
            // The descriptor came first: a number that the kernel gave to another process meanwhile does not pass, for
            // that process has no ring at this path.
            commands = CommandRingProducer.Open(post!.Commands);
            EventRingReader events = EventRingReader.Open(post.Events);
            return new GatewayAttachment(post, process, commands, events);
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException or InvalidOperationException)
        {
            commands?.Dispose();
            Kernel.Close(process);
            return null;
        }
    }

    public void Dispose()
    {
        Commands.Dispose();
        Events.Dispose();
        Kernel.Close(_process);
    }
}
