using System;
using HftEngine.Core.Memory;

namespace HftEngine.Core.Risk;

/// <summary>
/// The sessions' dead-man timers: a binary heap by (deadline, session), so that which one is next does not depend on the
/// order in which they were armed.
/// </summary>
internal unsafe struct DeadManTimers : IDisposable
{
    private readonly NativeArray<Timer> _heapMemory;
    private readonly NativeArray<uint> _placeMemory;
    private readonly Timer* _heap;

    /// <summary>Place of each session's timer in the heap; 0 = not armed.</summary>
    private readonly uint* _places;

    public DeadManTimers(uint maxSessions)
    {
        _heapMemory = new NativeArray<Timer>(maxSessions + 1);
        _placeMemory = new NativeArray<uint>(maxSessions);
        _heap = _heapMemory.Pointer;
        _places = _placeMemory.Pointer;
        Count = 0;
        EarliestNs = long.MaxValue;
    }

    public uint Count { get; private set; }

    /// <summary>The next deadline; long.MaxValue when no timer is armed.</summary>
    public long EarliestNs { get; private set; }

    /// <summary>The session whose deadline is next. Some timer is armed.</summary>
    public readonly uint EarliestSession => _heap[1].SessionId;

    /// <summary>0 = not armed.</summary>
    public readonly long DeadlineOf(uint sessionId) => _places[sessionId] == 0 ? 0 : _heap[_places[sessionId]].DeadlineNs;

    public void Arm(uint sessionId, long deadlineNs)
    {
        uint place = _places[sessionId];
        place = place == 0 ? ++Count : place;
        var timer = new Timer { DeadlineNs = deadlineNs, SessionId = sessionId };
        Put(place, timer);
        Settle(place);
    }

    public void Disarm(uint sessionId)
    {
        uint place = _places[sessionId];
        if (place == 0)
        {
            return;
        }

        _places[sessionId] = 0;
        Timer last = _heap[Count--];
        if (place <= Count)
        {
            Put(place, last);
        }

        Settle(place);
    }

    public readonly void Dispose()
    {
        _heapMemory.Dispose();
        _placeMemory.Dispose();
    }

    private void Settle(uint place)
    {
        if (place <= Count)
        {
            SiftUp(place);
            SiftDown(place);
        }

        EarliestNs = Count == 0 ? long.MaxValue : _heap[1].DeadlineNs;
    }

    private readonly void SiftUp(uint place)
    {
        for (; place > 1 && IsBefore(_heap[place], _heap[place / 2]); place /= 2)
        {
            Swap(place, place / 2);
        }
    }

    private readonly void SiftDown(uint place)
    {
        while (true)
        {
            uint first = place;
            for (uint child = place * 2; child <= (place * 2) + 1 && child <= Count; child++)
            {
                first = IsBefore(_heap[child], _heap[first]) ? child : first;
            }

            if (first == place)
            {
                return;
            }

            Swap(place, first);
            place = first;
        }
    }

    private readonly void Swap(uint a, uint b)
    {
        Timer held = _heap[a];
        Put(a, _heap[b]);
        Put(b, held);
    }

    private readonly void Put(uint place, Timer timer)
    {
        _heap[place] = timer;
        _places[timer.SessionId] = place;
    }

    private static bool IsBefore(Timer a, Timer b) =>
        a.DeadlineNs != b.DeadlineNs ? a.DeadlineNs < b.DeadlineNs : a.SessionId < b.SessionId;

    private struct Timer
    {
        public long DeadlineNs;
        public uint SessionId;
    }
}
