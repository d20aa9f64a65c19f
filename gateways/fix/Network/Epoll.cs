using System;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace HftEngine.Fix.Network;

/// <summary>Readiness of many sockets with one system call; the class library has no face for it.</summary>
internal sealed unsafe partial class Epoll : IDisposable
{
    public const uint Readable = 1;
    public const uint Writable = 4;
    public const uint Failed = 8;
    public const uint HungUp = 16;

    private const int Add = 1;
    private const int Remove = 2;
    private const int Change = 3;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int Interrupted = 4;
    private const int MaxEvents = 256;

    private readonly int _epoll;
    private readonly int _wakeUp;
    private readonly byte[] _events = new byte[MaxEvents * sizeof(Event)];

    // The kernel's structure has no padding on this architecture, and padding on others.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    public Epoll()
    {
        _epoll = Check(Create(CloseOnExec), "epoll_create1");
        _wakeUp = Check(CreateEvent(0, CloseOnExec | NonBlocking), "eventfd");
        Control(Add, _wakeUp, Readable, WakeUpToken);
    }

    public static int WakeUpToken => -1;

    public void Register(int descriptor, uint interest, int token) =>
        Control(Add, descriptor, interest, token);

    public void Update(int descriptor, uint interest, int token) =>
        Control(Change, descriptor, interest, token);

    public void Unregister(int descriptor) => Control(Remove, descriptor, 0, 0);

    /// <summary>Number of events; -1 milliseconds waits for ever.</summary>
    public int Wait(int timeoutMs)
    {
        fixed (byte* events = _events)
        {
            int count = WaitForEvents(_epoll, events, MaxEvents, timeoutMs);
            if (count < 0 && Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError(), "epoll_wait failed");
            }

            return int.Max(count, 0);
        }
    }

    public (uint Ready, int Token) EventAt(int index)
    {
        int size = IsPacked ? 12 : 16;
        ReadOnlySpan<byte> entry = _events.AsSpan(index * size, size);
        return (MemoryMarshal.Read<uint>(entry), MemoryMarshal.Read<int>(entry[(size - 8)..]));
    }

    /// <summary>Ends a wait; from any thread.</summary>
    public void WakeUp()
    {
        ulong one = 1;
        Write(_wakeUp, &one, sizeof(ulong));
    }

    public void ClearWakeUp()
    {
        ulong count;
        Read(_wakeUp, &count, sizeof(ulong));
    }

    public void Dispose()
    {
        Close(_wakeUp);
        Close(_epoll);
    }

    private void Control(int operation, int descriptor, uint interest, int token)
    {
        byte* entry = stackalloc byte[sizeof(Event)];
        *(uint*)entry = interest;
        *(long*)(entry + (IsPacked ? 4 : 8)) = token;
        Check(ControlEpoll(_epoll, operation, descriptor, entry), "epoll_ctl");
    }

    private static int Check(int result, string call) => result >= 0
        ? result
        : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call} failed");

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int Create(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int ControlEpoll(int epoll, int operation, int descriptor, void* entry);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static partial int WaitForEvents(int epoll, void* events, int maxEvents, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int CreateEvent(uint start, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, void* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, void* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    /// <summary>Room for either form of the kernel's structure.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Event;
}
