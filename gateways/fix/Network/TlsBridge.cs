using System;
using System.Buffers;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Threading;
using System.Threading.Tasks;

namespace HftEngine.Fix.Network;

public sealed record FixTlsOptions
{
    public required X509Certificate2 Certificate { get; init; }

    /// <summary>
    /// Authorities whose client certificates are asked for and required; null asks for none.
    /// </summary>
    public X509Certificate2Collection? ClientAuthorities { get; init; }

    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Ends TLS beside the loop: encrypted bytes on one side, a local socket pair with plain bytes on the
/// other. The loop sees sockets only and keeps its thread free of handshakes.
/// </summary>
internal static partial class TlsBridge
{
    private const int LocalFamily = 1;
    private const int StreamType = 1;
    private const int CloseOnExec = 0x80000;
    private const int CopyBytes = 16_384;

    /// <summary>The plain socket and the subject of the client's certificate.</summary>
    public static async Task<(Socket Plain, string? Subject)> Open(Socket socket, FixTlsOptions options)
    {
        socket.Blocking = true;
        socket.NoDelay = true;
        SslStream secure = new(new NetworkStream(socket, ownsSocket: true));
        try
        {
            using CancellationTokenSource timeout = new(options.HandshakeTimeout);
            await secure.AuthenticateAsServerAsync(ServerOptions(options), timeout.Token)
                .ConfigureAwait(false);
            (Socket plain, Socket far) = MakePair();
            _ = Bridge(secure, new NetworkStream(far, ownsSocket: true));
            return (plain, secure.RemoteCertificate?.Subject);
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The client's side: connects by TLS and gives the plain socket.</summary>
    public static async Task<Socket> Connect(
        Socket socket, SslClientAuthenticationOptions options, CancellationToken stop)
    {
        socket.NoDelay = true;
        SslStream secure = new(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await secure.AuthenticateAsClientAsync(options, stop).ConfigureAwait(false);
            (Socket plain, Socket far) = MakePair();
            _ = Bridge(secure, new NetworkStream(far, ownsSocket: true));
            return plain;
        }
        catch
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static SslServerAuthenticationOptions ServerOptions(FixTlsOptions options)
    {
        SslServerAuthenticationOptions server = new()
        {
            ServerCertificate = options.Certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = options.ClientAuthorities is not null,
        };
        if (options.ClientAuthorities is { } authorities)
        {
            server.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            server.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        return server;
    }

    private static async Task Bridge(SslStream secure, NetworkStream plain)
    {
        try
        {
            Task inbound = Copy(secure, plain);
            Task outbound = Copy(plain, secure);

            // Once our side ends, its last bytes are through; the other side's end must not cut them off.
            if (await Task.WhenAny(inbound, outbound).ConfigureAwait(false) == inbound)
            {
                plain.Socket.Shutdown(SocketShutdown.Send);
                await outbound.ConfigureAwait(false);
            }
            else
            {
                await secure.ShutdownAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (
            exception is IOException or SocketException or ObjectDisposedException)
        {
            // Either side is gone. Closing both, below, is what tells the session.
        }
        finally
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            await plain.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task Copy(Stream from, Stream to)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer.AsMemory(0, CopyBytes)).ConfigureAwait(false)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static unsafe (Socket Plain, Socket Far) MakePair()
    {
        int* pair = stackalloc int[2];
        if (SocketPair(LocalFamily, StreamType | CloseOnExec, 0, pair) != 0)
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }

        return (SocketOf(pair[0]), SocketOf(pair[1]));
    }

    private static Socket SocketOf(int descriptor) => new(new SafeSocketHandle(descriptor, true));

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    private static unsafe partial int SocketPair(int family, int type, int protocol, int* pair);
}
