using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using HftEngine.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HftEngine.Server.Hosting;

/// <summary>The pages by which others see that the venue lives and is ready.</summary>
internal sealed class HealthServer : IDisposable
{
    private const int StopTimeoutMs = 3000;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly WebApplication _application;

    private HealthServer(WebApplication application) => _application = application;

    /// <summary>Where it listens.</summary>
    public string Url => _application.Urls.FirstOrDefault() ?? string.Empty;

    /// <exception cref="ConfigurationException">The address is taken.</exception>
    public static HealthServer Start(ServeSettings settings, VenueStatus status)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.Services.AddRoutingCore();

        // The signals are the venue's; the web server stops when the venue tells it to.
        builder.Services.AddSingleton<IHostLifetime, VenueLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Parse(settings.HttpAddress), settings.HttpPort));
        WebApplication application = builder.Build();
        Map(application, status);
        try
        {
            application.StartAsync().GetAwaiter().GetResult();
        }
        catch (IOException exception)
        {
            throw new ConfigurationException(
                [new ConfigurationFault("http", "http.port", exception.Message)]);
        }

        return new HealthServer(application);
    }

    public void Dispose()
    {
        using CancellationTokenSource timeout = new(StopTimeoutMs);
        _application.StopAsync(timeout.Token).GetAwaiter().GetResult();
        ((IDisposable)_application).Dispose();
    }

    private static void Map(WebApplication application, VenueStatus status)
    {
        application.MapGet(
            "/health/live",
            context => Answer(context, StatusCodes.Status200OK, new { status = "live", status.Simulated }));
        application.MapGet("/health/ready", context =>
        {
            VenueStatusPage page = status.ToPage();
            int code = status.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return Answer(context, code, page);
        });
        string market = status.Simulated
            ? "Its market is simulated: nothing here is real."
            : "It is no simulation.";
        application.MapGet("/", context => context.Response.WriteAsync(
            $"HftEngine is running. {market} Its health is at /health/live and /health/ready.\n"));
    }

    private static Task Answer<T>(HttpContext context, int code, T page)
    {
        context.Response.StatusCode = code;
        return context.Response.WriteAsJsonAsync(page, Json);
    }

    private sealed class VenueLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
